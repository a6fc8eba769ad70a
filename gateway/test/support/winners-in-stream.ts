import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { STREAMS, stockReserved, winsIn } from 'seckill-core';

const PATIENCE_MS = 30_000;

/** Returns the reservation ids of the winners in the stream, once for each time that they are stored. */
export async function winnersInStream(nc: NatsConnection, subject: string = stockReserved.subjects): Promise<string[]> {
  const { name } = STREAMS.reservations;
  const { state } = await (await jetstreamManager(nc)).streams.info(name, { subjects_filter: subject });
  const left = Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
  const ids: string[] = [];
  if (left === 0) return ids;
  const consumer = await jetstream(nc).consumers.get(name, { filter_subjects: subject });
  for await (const message of await consumer.fetch({ max_messages: left, expires: PATIENCE_MS }))
    ids.push(...winsIn(message.data).map(({ reservationId }) => reservationId));
  return ids;
}
