import type { NatsConnection } from '@nats-io/transport-node';
import { findDeadLetters, winsOf } from '../../../dead-letters/find-dead-letters.ts';
import { originalIdOf } from '../../../dead-letters/replay-dead-letter.ts';
import { ORDERS_CONSUMER } from '../../../orders/orders-consumer.ts';

/** Winners whose message is a dead letter, each with the number of the letter. */
export async function readDeadWinners(nc: NatsConnection): Promise<Map<string, number>> {
  const dead = new Map<string, number>();
  for (const { seq, letter } of await findDeadLetters(nc, ORDERS_CONSUMER)) {
    if (letter === undefined) continue;
    dead.set(originalIdOf(letter.messageId ?? ''), seq);
    for (const { reservationId } of winsOf(letter)) dead.set(reservationId, seq);
  }
  return dead;
}
