import { DeliverPolicy } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MalformedMessage } from 'seckill-core';
import { readToEnd } from './read-to-end.ts';

export interface EventsToRead {
  stream: string;
  subject: string;
  /** Stream positions: the first event read comes after `after`, the last is at or before `upTo`. By default, all. */
  after?: number;
  upTo?: number;
}

/** Yields the events of a stream in order. Skips malformed messages: each consumer has moved them to the dead letters. */
export async function* readEvents<Event>(
  nc: NatsConnection,
  { decode }: { decode: (data: Uint8Array) => Event },
  { stream, subject, after = 0, upTo = Number.POSITIVE_INFINITY }: EventsToRead,
): AsyncGenerator<Event> {
  if (after >= upTo) return;
  const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 } as const;
  for await (const { seq, data } of readToEnd(nc, { stream, subject, start })) {
    if (seq > upTo) return;
    try {
      yield decode(data);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
    }
  }
}
