import { jetstreamManager } from '@nats-io/jetstream';
import {
  type AdminSale,
  calls,
  encodeOrderEvent,
  newId,
  newReservationId,
  ORDER_EVENTS,
  type OrderEvent,
  orderEvent,
  PUBLIC_EVENTS,
  STREAMS,
  sendOrderEvents,
} from 'seckill-core';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../../src/history/history-position.ts';
import { type HistoryFilter, type HistoryStart, readHistory, startOf } from '../../src/history/read-history.ts';
import { readToEnd } from '../../src/servers/read-to-end.ts';
import { eventually, type Platform, usePlatform, users } from '../support/platform.ts';
import { readAllStored } from '../support/stored-events.ts';

const on = usePlatform();
const stream = STREAMS.orders.name;

async function history(platform: Platform, from: HistoryStart, filter: HistoryFilter = {}): Promise<OrderEvent[]> {
  const events: OrderEvent[] = [];
  for await (const batch of readHistory(platform, await startOf(platform, from), filter)) events.push(...batch.events);
  return events;
}

/** Each event once, in its stored form. PostgreSQL keeps when a win was rejected, and not when it was reserved. */
const contents = (events: readonly OrderEvent[]) =>
  [
    ...new Set(events.map((event) => encodeOrderEvent({ ...event, ...(event.event === 'rejected' ? { reservedAt: 0 } : {}) }))),
  ].toSorted();

const isInRedis = (platform: Platform, orderId: string, status: string) =>
  eventually(async () => (await platform.statusInRedis(orderId)) === status, `${orderId} is ${status}`);

async function paidOrder(platform: Platform, sale: AdminSale, userId: string): Promise<string> {
  const [win] = await platform.win(sale, [userId]);
  const orderId = win?.reservationId ?? '';
  await isInRedis(platform, orderId, 'ORDERED');
  const { paymentId } = await platform.call(calls.startPayment, { userId, orderId });
  await platform.reportPaid(orderId, paymentId);
  await isInRedis(platform, orderId, 'PAID');
  return orderId;
}

async function refund(platform: Platform, orderId: string, wish: object): Promise<void> {
  const ended = async () => {
    const { refunds } = await platform.call(calls.adminOrder, { orderId });
    return refunds.filter(({ state }) => state === 'DONE' || state === 'REFUSED').length;
  };
  const before = await ended();
  await platform.call(calls.refundOrder, { orderId, reason: 'Broken.', returnUnits: true, requestId: newId(), ...wish });
  await eventually(async () => (await ended()) > before, 'its end');
}

/** Compares every event in the stream with the schema that programs outside have of its type. Returns the types. */
async function expectPromised({ nc }: Platform): Promise<string[]> {
  const schemas = new Map(PUBLIC_EVENTS.map(({ type, schema }) => [type, Compile(schema)]));
  const types = new Set<string>();
  const start = { deliver_policy: 'by_start_sequence', opt_start_seq: 1 } as const;
  for (const subject of STREAMS.orders.subjects) {
    for await (const message of readToEnd(nc, { stream, subject, start })) {
      for (const event of JSON.parse(Buffer.from(message.data).toString()) as { type: string }[]) {
        types.add(event.type);
        expect([...(schemas.get(event.type)?.Errors(event) ?? ['no schema'])]).toEqual([]);
      }
    }
  }
  return [...types];
}

/** A payment only begins; one fails, with a reason and without one; one of them is paid all the same; a buyer pays twice, and a wrong amount. */
async function paymentTroubles(platform: Platform, sale: AdminSale): Promise<void> {
  const [twice, wrong, begins] = await platform.win(sale, ['pays twice', 'pays a cent', 'begins']);
  for (const win of [twice, wrong, begins]) await isInRedis(platform, win?.reservationId ?? '', 'ORDERED');
  const orderId = twice?.reservationId ?? '';
  const begin = (userId: string, of: string) => platform.call(calls.startPayment, { userId, orderId: of });
  await begin('begins', begins?.reservationId ?? '');
  const first = await begin('pays twice', orderId);
  await platform.reportPaid(orderId, first.paymentId, { type: 'payment.failed', reason: 'no "funds" 中文' });
  await eventually(async () => (await platform.prisma.payment.count({ where: { status: 'FAILED' } })) === 1, 'it failed');
  const second = await begin('pays twice', orderId);
  await platform.reportPaid(orderId, second.paymentId, { type: 'payment.failed' });
  await platform.reportPaid(orderId, first.paymentId, { eventId: newId() });
  await isInRedis(platform, orderId, 'PAID');
  await platform.reportPaid(orderId, second.paymentId, { eventId: newId() });
  const third = await begin('pays a cent', wrong?.reservationId ?? '');
  await platform.reportPaid(wrong?.reservationId ?? '', third.paymentId, { amountCents: 1 });
}

/** A sale in which everything happens that has an event. */
async function eventfulSale(platform: Platform): Promise<AdminSale> {
  const sale = await platform.openSale({ stock: 20, payTimeoutSeconds: 600 });
  await platform.win(await platform.openSale({ stock: 1, item: { priceCents: 0 } }), ['lucky']);
  const parts = await paidOrder(platform, sale, 'parts "of" 中文');
  platform.provider.standing = () => ({ state: 'refused', reason: 'The card was closed.' });
  await refund(platform, parts, { amountCents: 100 });
  platform.provider.standing = () => ({ state: 'done' });
  await refund(platform, parts, { amountCents: 300 });
  await refund(platform, parts, {});
  await refund(platform, await paidOrder(platform, sale, 'refused'), { amountCents: 1 });
  await paymentTroubles(platform, sale);
  const [cancelled] = await platform.win(sale, ['cancels']);
  await isInRedis(platform, cancelled?.reservationId ?? '', 'ORDERED');
  await platform.call(calls.cancelOrder, { userId: 'cancels', orderId: cancelled?.reservationId ?? '' });
  await platform.win(sale, users(10));
  // Redis never decided these, and there is no unit for the last of them.
  await platform.publish(users(12, 'late').map((userId) => platform.forged(sale, userId)));
  await platform.comesToRest();
  return sale;
}

test('events from PostgreSQL have the ids and the data that they had in the stream', { timeout: 120_000 }, async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await eventfulSale(platform);
  const { saleId } = sale;
  const stored = await readAllStored(platform.nc, saleId);
  const names = new Set(stored.map(({ event }) => event));
  expect([...names].toSorted()).toEqual(ORDER_EVENTS.toSorted());
  expect((await expectPromised(platform)).length).toBeGreaterThanOrEqual(10);
  expect(contents(await history(platform, 'beginning', { saleId }))).toEqual(contents(stored));
  const everything = contents(await history(platform, 'beginning'));
  expect(everything.length).toBe(stored.length + 2);
  const middle = [...stored].sort((a, b) => a.at - b.at)[Math.floor(stored.length / 2)]?.at ?? 0;
  const sinceMiddle = contents(stored.filter(({ at }) => at >= middle));
  expect(contents(await history(platform, { time: middle }, { saleId }))).toEqual(sinceMiddle);

  const { streams } = await jetstreamManager(platform.nc);
  const { state } = await streams.info(stream);
  // Half of the stream, then all of it.
  for (const seq of [Math.floor((state.first_seq + state.last_seq) / 2), state.last_seq + 1]) {
    await streams.purge(stream, { seq });
    expect(contents(await history(platform, 'beginning'))).toEqual(everything);
    expect(contents(await history(platform, 'beginning', { saleId }))).toEqual(contents(stored));
    expect(contents(await history(platform, { seq: 1 }, { saleId }))).toEqual(contents(stored));
    // An order may have an event long after its last change.
    for (const time of [middle, ...stored.filter(({ payment }) => payment !== undefined).map(({ at }) => at)])
      expect(contents(await history(platform, { time }, { saleId }))).toEqual(contents(stored.filter(({ at }) => at >= time)));
    const paid = await history(platform, 'beginning', { saleId, types: ['paid'] });
    expect(contents(paid)).toEqual(contents(stored.filter(({ event }) => event === 'paid')));
  }
  expect(await history(platform, 'now')).toEqual([]);
});

test('the events of an order come in the order of its versions', async () => {
  const { platform } = on;
  const latest = new Map<string, number>();
  const { streams } = await jetstreamManager(platform.nc);
  await streams.purge(stream);
  for (const { orderId, version } of await history(platform, 'beginning')) {
    expect(version).toBeGreaterThanOrEqual(latest.get(orderId) ?? 0);
    latest.set(orderId, version);
  }
  expect(latest.size).toBeGreaterThan(10);
});

test('a reader goes on from its position, also when the stream has forgotten what comes next', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 300, payTimeoutSeconds: 600 });
  const { saleId } = sale;
  const all = users(300);
  await platform.win(sale, all.slice(0, 100));
  await platform.comesToRest();
  let position = await startOf(platform, 'beginning');
  const seen = new Set<string>();
  const readOn = async () => {
    for await (const batch of readHistory(platform, position)) {
      for (const event of batch.events) if (event.saleId === saleId) seen.add(orderEvent.id(event));
      // As a caller keeps it.
      ({ position } = decodeCursor(encodeCursor({ position: batch.position, skip: 0 })));
    }
  };
  await readOn();
  expect(seen.size).toBe(100);
  await platform.win(sale, all.slice(100, 200));
  await platform.comesToRest();
  const { streams } = await jetstreamManager(platform.nc);
  await streams.purge(stream);
  await platform.win(sale, all.slice(200));
  await platform.comesToRest();
  await readOn();
  expect(seen.size).toBe(300);
});

test('an old stream and PostgreSQL meet without an event that comes twice', async () => {
  const { platform } = on;
  const { streams } = await jetstreamManager(platform.nc);
  const before = await platform.prisma.order.findFirstOrThrow({ orderBy: { id: 'asc' } });
  // As if everything had happened a day earlier than what the stream holds from now on.
  await platform.prisma
    .$executeRaw`UPDATE orders SET created_at = created_at - interval '1 day', settled_at = settled_at - interval '1 day'`;
  await streams.purge(stream);
  const position = await startOf(platform, 'beginning');
  expect(position).toMatchObject({ in: 'tables', thenSince: 0 });
  const settled = { ...position, until: Date.now() - 60_000, thenSince: Date.now() - 60_000 };
  const ids: string[] = [];
  for await (const { events } of readHistory(platform, settled)) ids.push(...events.map(orderEvent.id));
  expect(ids).toContain(`created:${before.id}`);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a cursor that was made up is refused', () => {
  for (const text of ['', 'x', Buffer.from('s~1~2').toString('base64url'), Buffer.from("t~';--~1~1~1~1~1").toString('base64url')])
    expect(() => decodeCursor(text)).toThrow('The cursor is not one that this list has given.');
});

test('an event that the stream holds twice is read once', async () => {
  const { platform } = on;
  const { streams } = await jetstreamManager(platform.nc);
  await streams.purge(stream);
  const orderId = newReservationId('00002a');
  const event: OrderEvent = {
    ...{ event: 'created', orderId, saleId: newId(), itemId: '00002a', userId: 'twice', quantity: 1, amountCents: 1 },
    ...{ currency: 'EUR', reservedAt: 1, at: Date.now(), payBy: 1, version: 0 },
  };
  await sendOrderEvents(platform.publisher, [event]);
  await sendOrderEvents(platform.publisher, [event, { ...event, orderId: newReservationId('00002a') }], { repeat: true });
  const read = await history(platform, { time: event.at }, { saleId: event.saleId });
  expect(read.filter((each) => each.orderId === orderId)).toHaveLength(1);
  expect(read).toHaveLength(2);
});
