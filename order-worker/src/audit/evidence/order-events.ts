import { DeliverPolicy } from '@nats-io/jetstream';
import {
  decodeOrderEvents,
  ORDER_EVENTS,
  type OrderEvent,
  type OrderEventName,
  orderEvent,
  orderEventIds,
  type RefundEventName,
  readOrderEventHeaders,
  STREAMS,
} from 'seckill-core';
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

/** The refunds of the sale for which this event is stored. */
export async function readAnnouncedRefunds(source: Source, name: RefundEventName): Promise<Map<string, string>> {
  const orders = new Map<string, string>();
  for await (const { orderId, refund } of readOrderEvents(source, name))
    if (refund !== undefined) orders.set(refund.refundId, orderId);
  return orders;
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
export async function countStored({ nc, sale }: Source): Promise<Record<OrderEventName, number>> {
  const counts = Object.fromEntries(ORDER_EVENTS.map((name) => [name, 0])) as Record<OrderEventName, number>;
  const subjects = new Map(ORDER_EVENTS.map((name) => [subjectOf(name, sale.id), name]));
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
export async function withoutRepeated<Name extends OrderEventName>(
  { nc, sale }: Source,
  stored: Readonly<Record<Name, number>>,
  expected: Readonly<Record<Name, number>>,
): Promise<Record<Name, number>> {
  const counts: Record<Name, number> = { ...expected };
  for (const name of Object.keys(expected) as Name[]) {
    counts[name] = stored[name];
    if (stored[name] <= expected[name]) continue;
    const ids = new Set<string>();
    for await (const { data } of readToEnd(nc, { stream, subject: subjectOf(name, sale.id), start: fromStart })) {
      for (const id of orderEventIds(data)) ids.add(id);
    }
    counts[name] = ids.size;
  }
  return counts;
}
