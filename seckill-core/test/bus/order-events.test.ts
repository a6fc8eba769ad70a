import {
  decodeOrderEvents,
  encodeOrderEvent,
  newId,
  newReservationId,
  ORDER_EVENTS,
  type OrderEvent,
  type Publisher,
  sendOrderEvents,
} from 'seckill-core';
import { describe, expect, test } from 'vitest';

const saleId = newId();
const at = Date.UTC(2026, 10, 29, 4, 5, 6, 78);
const paid = (changes: Partial<OrderEvent> = {}): OrderEvent => ({
  event: 'paid',
  orderId: newReservationId('00002a'),
  saleId,
  itemId: '00002a',
  userId: 'ann "the first"',
  quantity: 2,
  amountCents: 4_950,
  currency: 'JPY',
  reservedAt: at - 5_000,
  at,
  payBy: at + 60_000,
  version: 1,
  ...changes,
});
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('an order event', () => {
  test('is a CloudEvent', () => {
    const event = paid();
    expect(JSON.parse(encodeOrderEvent(event))).toEqual({
      specversion: '1.0',
      id: `paid:${event.orderId}`,
      source: `/seckill/sales/${saleId}`,
      type: 'seckill.order.paid.v1',
      subject: event.orderId,
      time: '2026-11-29T04:05:06.078Z',
      datacontenttype: 'application/json',
      data: {
        orderId: event.orderId,
        saleId,
        itemId: '00002a',
        userId: 'ann "the first"',
        quantity: 2,
        amountCents: 4_950,
        currency: 'JPY',
        reservedAt: '2026-11-29T04:05:01.078Z',
        payBy: '2026-11-29T04:06:06.078Z',
        version: 1,
      },
    });
  });

  test('has no time to pay by without an order, and a reason if there is one', () => {
    const { data } = JSON.parse(encodeOrderEvent(paid({ event: 'rejected', payBy: 0, version: 0, reason: 'SOLD_OUT' })));
    expect(data).toMatchObject({ reason: 'SOLD_OUT', version: 0 });
    expect(data).not.toHaveProperty('payBy');
  });

  test.each(ORDER_EVENTS)('%s is read as it was written, alone and among others', (event) => {
    const events = [paid({ event }), paid({ event, payBy: 0 }), paid({ event, reason: 'buyer', at: at + 1 })];
    const message = Buffer.from(`[${events.map(encodeOrderEvent).join()}]`);
    expect(decodeOrderEvents(message)).toEqual({ events, faults: [] });
  });

  test('of a refund has its own id, and says which refund it is', () => {
    const refund = { refundId: newId(), amountCents: 300, reason: 'operator' } as const;
    const [part, refused, whole] = (['partly-refunded', 'refund-refused', 'refunded'] as const).map((event) =>
      paid({ event, refund, reason: 'operator' }),
    ) as [OrderEvent, OrderEvent, OrderEvent];
    expect(JSON.parse(encodeOrderEvent(part))).toMatchObject({
      id: `partly-refunded:${part.orderId}:${refund.refundId}`,
      type: 'seckill.order.partly-refunded.v1',
      data: { refund },
    });
    expect(JSON.parse(encodeOrderEvent(refused)).id).toBe(`refund-refused:${refused.orderId}:${refund.refundId}`);
    expect(JSON.parse(encodeOrderEvent(whole)).id).toBe(`refunded:${whole.orderId}`);
    const message = Buffer.from(`[${[part, refused, whole].map(encodeOrderEvent).join()}]`);
    expect(decodeOrderEvents(message)).toEqual({ events: [part, refused, whole], faults: [] });
  });

  test('is read in the form of earlier versions', () => {
    const { version: _, ...earlier } = paid({ event: 'cancelled', reason: 'unpaid' });
    expect(decodeOrderEvents(bytes(earlier))).toEqual({ events: [{ ...earlier, version: 1 }], faults: [] });
  });

  test('that cannot be read hides no other, and the place is named', () => {
    const good = paid();
    const bad = { ...JSON.parse(encodeOrderEvent(paid())), type: 'seckill.order.sent.v1' };
    const timeless = { ...JSON.parse(encodeOrderEvent(paid())), time: 'soon' };
    const { events, faults } = decodeOrderEvents(bytes([bad, timeless, JSON.parse(encodeOrderEvent(good))]));
    expect(events).toEqual([good]);
    expect(faults.map(({ message }) => message)).toEqual([
      expect.stringContaining('/type'),
      expect.stringContaining('a time is none'),
    ]);
    expect(decodeOrderEvents(Buffer.from('nonsense'))).toMatchObject({ events: [], faults: [{ name: 'MalformedMessage' }] });
  });
});

/** What {@link sendOrderEvents} publishes. */
async function published(events: readonly OrderEvent[], options?: { repeat: boolean }) {
  const messages: { subject: string; data: string; id: string; headers: Readonly<Record<string, string>> }[] = [];
  const publish: Publisher['publish'] = (subject, data, id, headers = {}) => {
    messages.push({ subject, data: data.toString(), id, headers });
    return Promise.resolve({ seq: messages.length, duplicate: false });
  };
  await sendOrderEvents({ publish }, events, options);
  return messages;
}

describe('events are published', () => {
  test('in one message for each sale, with what a reader needs in the headers', async () => {
    const other = newId();
    const events = [paid({ at: 5_000 }), paid({ saleId: other, at: 3_000 }), paid({ at: 4_000 })];
    const messages = await published(events);
    expect(messages.map(({ subject }) => subject)).toEqual([`seckill.order.paid.${saleId}`, `seckill.order.paid.${other}`]);
    expect(messages.map(({ headers }) => headers)).toEqual([
      { 'Content-Type': 'application/cloudevents-batch+json', 'Seckill-Events': '2', 'Seckill-Oldest': '4000' },
      { 'Content-Type': 'application/cloudevents-batch+json', 'Seckill-Events': '1', 'Seckill-Oldest': '3000' },
    ]);
    expect((await published(events, { repeat: true })).map(({ headers }) => headers['Seckill-Repeat'])).toEqual(['1', '1']);
    expect(await published([])).toEqual([]);
  });

  test('the same events make the same messages, in whatever order they come', async () => {
    const { orderId } = paid();
    const parts = Array.from({ length: 2 }, () =>
      paid({ event: 'partly-refunded', orderId, refund: { refundId: newId(), amountCents: 1, reason: 'operator' } }),
    );
    expect(await published([...parts])).toEqual(await published(parts.toReversed()));
    const events = Array.from({ length: 1_200 }, () => paid());
    const messages = await published(events);
    expect(messages.map(({ headers }) => headers['Seckill-Events'])).toEqual(['500', '500', '200']);
    const again = await published(events.toReversed(), { repeat: true });
    expect(again.map(({ id, data }) => ({ id, data }))).toEqual(messages.map(({ id, data }) => ({ id, data })));
    // Without the first event by id, each message has other events.
    const [first, ...others] = events.toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1));
    expect((await published(first === undefined ? [] : [first])).map(({ id }) => id)).toEqual([`paid:${first?.orderId}`]);
    const ids = [...messages, ...(await published(others))].map(({ id }) => id);
    expect(new Set(ids).size).toBe(6);
  });

  test.each(['\u0001', '\u4e00'])('in messages that NATS takes, however long the user ids are: of %j', async (character) => {
    const events = Array.from({ length: 500 }, () => paid({ userId: character.repeat(255) }));
    const messages = await published(events);
    expect(Math.max(...messages.map(({ data }) => Buffer.byteLength(data)))).toBeLessThan(600_000);
    expect(messages.flatMap(({ data }) => decodeOrderEvents(Buffer.from(data)).events)).toHaveLength(500);
  });
});
