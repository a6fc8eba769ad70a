import { DeliverPolicy } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type OrderEvent, orderEvent, STREAMS } from 'seckill-core';
import { readToEnd } from '../../servers/read-to-end.ts';

/** JetStream drops a repeated message id for two minutes; less a margin for clocks. */
const DEDUPLICATED_MS = 100_000;
/** How far PostgreSQL's clock, which sets an event's time, may be ahead of JetStream's. */
const CLOCKS_APART_MS = 60_000;

export interface StoredEvent {
  seq: number;
  /** ms, JetStream's clock. */
  storedAt: number;
  event: OrderEvent;
}

/**
 * Finds events that the stream holds twice: published again after JetStream had forgotten the first, because NATS was away for minutes in the
 * middle of a batch. Such an event was stored long after it happened, so only late events are looked up; normally there are none. Returns the
 * sequences of the second copies.
 */
export async function findRepeated(nc: NatsConnection, events: readonly StoredEvent[]): Promise<Set<number>> {
  const late = events.filter(({ event, storedAt }) => storedAt - event.at > DEDUPLICATED_MS);
  const repeated = new Set<number>();
  for (const subject of new Set(late.map(({ event }) => orderEvent.subject(event)))) {
    const suspects = late.filter(({ event }) => orderEvent.subject(event) === subject);
    const firstSeq = await readFirstSeqs(nc, subject, suspects);
    for (const { seq, event } of suspects) if ((firstSeq.get(event.orderId) ?? seq) < seq) repeated.add(seq);
  }
  return repeated;
}

/** Returns the sequence of the first event in the subject for each suspect's order. */
async function readFirstSeqs(
  nc: NatsConnection,
  subject: string,
  suspects: readonly StoredEvent[],
): Promise<Map<string, number>> {
  const wanted = new Set(suspects.map(({ event }) => event.orderId));
  const lastSeq = Math.max(...suspects.map(({ seq }) => seq));
  const from = Math.min(...suspects.map(({ event }) => event.at)) - CLOCKS_APART_MS;
  const start = { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(from).toISOString() } as const;
  const firstSeq = new Map<string, number>();
  for await (const message of readToEnd(nc, { stream: STREAMS.orders.name, subject, start })) {
    const orderId = orderIdIn(message.data);
    if (orderId !== undefined && wanted.has(orderId) && !firstSeq.has(orderId)) firstSeq.set(orderId, message.seq);
    if (message.seq >= lastSeq) break;
  }
  return firstSeq;
}

function orderIdIn(data: Uint8Array): string | undefined {
  try {
    return orderEvent.decode(data).orderId;
  } catch {
    return undefined;
  }
}
