import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { ORDER_EVENTS, type OrderEvent, type OrderEventName, orderEvent, STREAMS } from 'seckill-core';
import { type EventCounts, eventCounts } from '../../listeners/statistics/count-events.ts';
import { readEvents } from '../../servers/read-events.ts';
import { readToEnd } from '../../servers/read-to-end.ts';
import type { AuditContext } from './audit-context.ts';

type Source = Pick<AuditContext, 'nc' | 'sale'>;
type NameOrAny = OrderEventName | '*';

const stream = STREAMS.orders.name;

const subjectOf = (event: NameOrAny, saleId: string): string => orderEvent.subject({ event, saleId });

/** The orders of the sale for which this event is stored. */
export async function readAnnounced(source: Source, name: OrderEventName): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { orderId } of readOrderEvents(source, name)) ids.add(orderId);
  return ids;
}

/** The sale's events in stream order, between two stream positions; `*` reads every name. */
export const readOrderEvents = (
  { nc, sale }: Source,
  name: NameOrAny,
  range: { after?: number; upTo?: number } = {},
): AsyncGenerator<OrderEvent> => readEvents(nc, orderEvent, { stream, subject: subjectOf(name, sale.id), ...range });

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
export async function withoutRepeated({ nc, sale }: Source, stored: EventCounts, expected: EventCounts): Promise<EventCounts> {
  const counts = { ...stored };
  for (const name of ORDER_EVENTS) {
    if (stored[name] <= expected[name]) continue;
    const ids = new Set<string>();
    const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 1 } as const;
    const messages = readToEnd(nc, { stream, subject: subjectOf(name, sale.id), start });
    for await (const { headers, seq } of messages) ids.add(headers?.get('Nats-Msg-Id') ?? String(seq));
    counts[name] = ids.size;
  }
  return counts;
}
