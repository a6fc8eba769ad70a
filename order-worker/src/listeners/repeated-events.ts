import { DeliverPolicy } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type OrderEvent, orderEvent, STREAMS } from 'seckill-core';
import { readToEnd } from '../servers/read-to-end.ts';

/** JetStream drops what it has seen under the same id for two minutes; less a margin for clocks. */
const DEDUPLICATED_MS = 100_000;
/** PostgreSQL's clock, which an event's time is of, may be ahead of JetStream's by so much. */
const CLOCKS_APART_MS = 60_000;

export interface StoredEvent {
  seq: number;
  /** ms, JetStream's clock. */
  storedAt: number;
  event: OrderEvent;
}

/**
 * Of events, the ones that the stream holds twice: published again after JetStream had forgotten the first, since NATS was away for minutes in the
 * middle of a batch. Such an event was stored long after it happened, so only late ones are looked up; ordinarily there are none.
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

/** Where each suspect's order stands in the subject for the first time. */
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
