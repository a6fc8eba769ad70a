import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { MalformedMessage, ORDER_EVENTS, type OrderEvent, type OrderEventName, orderEvent, STREAMS } from 'seckill-core';
import { readToEnd } from '../../servers/read-to-end.ts';
import type { AuditContext } from './audit-context.ts';

export type EventCounts = Record<OrderEventName, number>;

type Source = Pick<AuditContext, 'nc' | 'sale'>;
type NameOrAny = OrderEventName | '*';

const stream = STREAMS.orders.name;

const subjectOf = (event: NameOrAny, saleId: string): string => orderEvent.subject({ event, saleId } as OrderEvent);

const readFrom = ({ nc, sale }: Source, name: NameOrAny, seq: number) =>
  readToEnd(nc, {
    stream,
    subject: subjectOf(name, sale.id),
    start: { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: seq },
  });

/** The orders of the sale for which this event is stored. */
export async function readAnnounced(source: Source, name: OrderEventName): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { orderId } of readEvents(source, name, { after: 0 })) ids.add(orderId);
  return ids;
}

/** The sale's events in stream order; `*` reads every name. Skips malformed messages, as listeners do. */
export async function* readEvents(
  source: Source,
  name: NameOrAny,
  { after, upTo = Number.POSITIVE_INFINITY }: { after: number; upTo?: number },
): AsyncGenerator<OrderEvent> {
  if (after >= upTo) return;
  for await (const { seq, data } of readFrom(source, name, after + 1)) {
    if (seq > upTo) return;
    try {
      yield orderEvent.decode(data);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
    }
  }
}

/** Counts the sale's stored events by name, repeated ones included. */
export async function countStored({ nc, sale }: Source): Promise<EventCounts> {
  const manager = await jetstreamManager(nc);
  const { state } = await manager.streams.info(stream, { subjects_filter: subjectOf('*', sale.id) });
  return eventCounts((name) => state.subjects?.[subjectOf(name, sale.id)] ?? 0);
}

/**
 * Counts repeated events once. JetStream stores an event twice if NATS was away for longer than it remembers message ids; listeners recognise the
 * id, and so does this. Reads the events of a name only if more than `expected` are stored.
 */
export async function withoutRepeated(source: Source, stored: EventCounts, expected: EventCounts): Promise<EventCounts> {
  const counts = { ...stored };
  for (const name of ORDER_EVENTS) {
    if (stored[name] <= expected[name]) continue;
    const ids = new Set<string>();
    for await (const { headers, seq } of readFrom(source, name, 1)) ids.add(headers?.get('Nats-Msg-Id') ?? String(seq));
    counts[name] = ids.size;
  }
  return counts;
}

export const eventCounts = (of: (name: OrderEventName) => number): EventCounts =>
  Object.fromEntries(ORDER_EVENTS.map((name) => [name, of(name)])) as EventCounts;
