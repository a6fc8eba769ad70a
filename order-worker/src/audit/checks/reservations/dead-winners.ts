import type { NatsConnection } from '@nats-io/transport-node';
import { findDeadLetters, winsOf } from '../../../dead-letters/find-dead-letters.ts';
import { originalIdOf } from '../../../dead-letters/replay-dead-letter.ts';
import { ORDER_LANES } from '../../../orders/orders-consumer.ts';

/** Winners whose message is a dead letter, each with the number of the letter. */
export async function readDeadWinners(nc: NatsConnection): Promise<Map<string, number>> {
  const dead = new Map<string, number>();
  const letters = await Promise.all(ORDER_LANES.map(({ consumer }) => findDeadLetters(nc, consumer)));
  for (const { seq, letter } of letters.flat()) {
    if (letter === undefined) continue;
    dead.set(originalIdOf(letter.messageId ?? ''), seq);
    for (const { reservationId } of winsOf(letter)) dead.set(reservationId, seq);
  }
  return dead;
}
