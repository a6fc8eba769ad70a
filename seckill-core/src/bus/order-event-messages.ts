import { hash } from 'node:crypto';
import type { MsgHdrs } from '@nats-io/nats-core';
import { encodeOrderEvent } from '../events/cloud-events.ts';
import { type OrderEvent, orderEvent } from '../events/order-event.ts';
import { type SaleEvent, saleEvent } from '../events/sale-event.ts';
import type { Publisher } from './publisher.ts';

const MOST_EVENTS = 500;
/** NATS takes messages of up to 1 MB, and a character takes up to three bytes. An event has about 600 characters, and 2,000 with the longest user id. */
const MOST_CHARACTERS = 330_000;

const COUNT_HEADER = 'Seckill-Events';
const OLDEST_HEADER = 'Seckill-Oldest';
const REPEAT_HEADER = 'Seckill-Repeat';
const CLOUD_EVENTS = { 'Content-Type': 'application/cloudevents-batch+json' };

/** What the headers of a stored message say. */
export interface OrderEventHeaders {
  /** How many events the message holds; undefined if it must be read to know. */
  events: number | undefined;
  /** When its oldest event happened, ms; undefined if it must be read to know. */
  oldestAt: number | undefined;
  /** Another message may hold the same events, because another process was to publish them and may have done so. */
  repeat: boolean;
}

/** Messages of earlier versions hold one event, or lack some of these headers. */
export const readOrderEventHeaders = (headers: MsgHdrs | undefined): OrderEventHeaders => ({
  events: numberOf(headers?.get(COUNT_HEADER)),
  oldestAt: numberOf(headers?.get(OLDEST_HEADER)),
  repeat: headers?.get(REPEAT_HEADER) === '1',
});

const numberOf = (header: string | undefined): number | undefined => (header ? Number(header) : undefined);

/**
 * Publishes order events, in one message for each name and sale if they fit. Resolves once all are stored. Set `repeat` unless this call comes from the
 * transaction that made the change: the stream recognises only a whole message that it holds already, and listeners look for the events of a repeat.
 */
export async function sendOrderEvents(
  publisher: Pick<Publisher, 'publish'>,
  events: readonly OrderEvent[],
  { repeat = false } = {},
): Promise<void> {
  const marks = repeat ? { ...CLOUD_EVENTS, [REPEAT_HEADER]: '1' } : CLOUD_EVENTS;
  const sending: Promise<unknown>[] = [];
  for (const [subject, group] of bySubject(events)) {
    for (const { ids, text, oldestAt } of messagesOf(group)) {
      const headers = { ...marks, [COUNT_HEADER]: String(ids.length), [OLDEST_HEADER]: String(oldestAt) };
      sending.push(publisher.publish(subject, text, messageIdOf(ids), headers));
    }
  }
  await Promise.all(sending);
}

function bySubject(events: readonly OrderEvent[]): Map<string, OrderEvent[]> {
  const groups = new Map<string, OrderEvent[]>();
  for (const event of events) {
    const subject = orderEvent.subject(event);
    const group = groups.get(subject);
    if (group === undefined) groups.set(subject, [event]);
    else group.push(event);
  }
  return groups;
}

/** In the order of their ids, so that the same events always make the same messages. */
function* messagesOf(events: OrderEvent[]): Generator<{ ids: string[]; text: string; oldestAt: number }> {
  let [ids, text, oldestAt]: [string[], string, number] = [[], '', Number.POSITIVE_INFINITY];
  for (const event of events.sort((a, b) => (a.orderId === b.orderId ? byPart(a, b) : a.orderId < b.orderId ? -1 : 1))) {
    const part = encodeOrderEvent(event);
    if (ids.length === MOST_EVENTS || (ids.length > 0 && text.length + part.length >= MOST_CHARACTERS)) {
      yield { ids, text: `${text}]`, oldestAt };
      [ids, text, oldestAt] = [[], '', Number.POSITIVE_INFINITY];
    }
    ids.push(orderEvent.id(event));
    text += ids.length === 1 ? `[${part}` : `,${part}`;
    oldestAt = Math.min(oldestAt, event.at);
  }
  yield { ids, text: `${text}]`, oldestAt };
}

const byPart = (a: OrderEvent, b: OrderEvent): number => (orderEvent.id(a) < orderEvent.id(b) ? -1 : 1);

/** All ids count: JetStream must not mistake another message for this one. A single event keeps its own id, as in earlier versions. */
function messageIdOf(ids: readonly string[]): string {
  const [first = ''] = ids;
  return ids.length === 1 ? first : `${first.slice(0, first.indexOf(':'))}:${hash('sha1', ids.join())}`;
}

/** Publishes a sale event. Resolves once it is stored. JetStream drops a repetition for two minutes; listeners recognise a later one. */
export async function sendSaleEvent(publisher: Pick<Publisher, 'publish'>, event: SaleEvent): Promise<void> {
  const headers = { ...CLOUD_EVENTS, [COUNT_HEADER]: '1', [OLDEST_HEADER]: String(event.at) };
  const subject = saleEvent.subject({ event: event.event, saleId: event.sale.saleId });
  await publisher.publish(subject, saleEvent.encode(event), event.id, headers);
}
