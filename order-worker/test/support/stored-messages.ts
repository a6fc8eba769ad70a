import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

const PATIENCE_MS = 30_000;

export interface StoredMessage {
  id: string;
  value: Record<string, unknown>;
}

/** Reads every message of a subject that the stream holds, decoded, with its id. */
export async function readMessages(nc: NatsConnection, stream: string, subject: string): Promise<StoredMessage[]> {
  const consumer = await jetstream(nc).consumers.get(stream, { filter_subjects: subject });
  const left = (await consumer.info()).num_pending;
  const found: StoredMessage[] = [];
  if (left === 0) return found;
  for await (const message of await consumer.fetch({ max_messages: left, expires: PATIENCE_MS })) {
    found.push({ id: message.headers?.get('Nats-Msg-Id') ?? '', value: message.json() });
  }
  return found;
}
