import { DeliverPolicy } from '@nats-io/jetstream';
import {
  decodeOrderEvents,
  ORDER_CHANGES,
  type OrderEvent,
  type OrderEventName,
  orderEvent,
  orderEventIds,
  readOrderEventHeaders,
  STREAMS,
} from 'seckill-core';
import { type EventCounts, eventCounts } from '../../listeners/statistics/count-events.ts';
import { readEvents } from '../../servers/read-events.ts';
import { readToEnd } from '../../servers/read-to-end.ts';
import type { AuditContext } from './audit-context.ts';

type Source = Pick<AuditContext, 'nc' | 'sale'>;
type NameOrAny = OrderEventName | '*';

const stream = STREAMS.orders.name;
const fromStart = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 1 } as const;

const subjectOf = (event: NameOrAny, saleId: string): string => orderEvent.subject({ event, saleId });

/** The orders of the sale for which this event is stored. */
export async function readAnnounced(source: Source, name: OrderEventName): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { orderId } of readOrderEvents(source, name)) ids.add(orderId);
  return ids;
}

/** The sale's events in stream order, between two stream positions; `*` reads every name. */
export async function* readOrderEvents(
  { nc, sale }: Source,
  name: NameOrAny,
  range: { after?: number; upTo?: number } = {},
): AsyncGenerator<OrderEvent> {
  const messages = readEvents(nc, { decode: decodeOrderEvents }, { stream, subject: subjectOf(name, sale.id), ...range });
  for await (const { events } of messages) yield* events;
}

/** Counts the sale's stored events by name, repeated ones included. Reads only headers: two thousand messages for a million orders. */
export async function countStored({ nc, sale }: Source): Promise<EventCounts> {
  const counts = eventCounts(() => 0);
  const subjects = new Map(ORDER_CHANGES.map((name) => [subjectOf(name, sale.id), name]));
  const messages = readToEnd(nc, { stream, subject: subjectOf('*', sale.id), start: fromStart, headersOnly: true });
  for await (const { subject, headers } of messages) {
    const name = subjects.get(subject);
    if (name !== undefined) counts[name] += readOrderEventHeaders(headers).events ?? 1;
  }
  return counts;
}

/**
 * Counts repeated events once, as listeners do. A worker that finishes another's work may store its events a second time. Reads the events of a name
 * only if more than `expected` are stored.
 */
export async function withoutRepeated({ nc, sale }: Source, stored: EventCounts, expected: EventCounts): Promise<EventCounts> {
  const counts = { ...stored };
  for (const name of ORDER_CHANGES) {
    if (stored[name] <= expected[name]) continue;
    const ids = new Set<string>();
    for await (const { data } of readToEnd(nc, { stream, subject: subjectOf(name, sale.id), start: fromStart })) {
      for (const id of orderEventIds(data)) ids.add(id);
    }
    counts[name] = ids.size;
  }
  return counts;
}
