import { jetstreamManager } from '@nats-io/jetstream';
import {
  type AdminSale,
  calls,
  deadLetter,
  decodeOrderEvents,
  newId,
  type OrderEvent,
  orderEvent,
  paymentReceived,
  readRoom,
  type SaleReport,
  send,
  sendOrderEvents,
  stockReserved,
  writeAnswerCounts,
} from 'seckill-core';
import { beforeEach, expect, test } from 'vitest';
import { eventually, itemIdOf, type Platform, usePlatform, users } from '../support/platform.ts';
import { RoomGateway } from '../support/room-gateway.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(async () => {
  ({ platform } = on);
  await platform.startWorker();
});

const reportOf = (saleId: string): Promise<SaleReport> => platform.run('report', { saleId });

test('a report counts every order, unit and cent, and the buyers who lost', async () => {
  const sale = await platform.openSale({ stock: 10, limitPerUser: 5, payTimeoutSeconds: 600 });
  const [paid, cancelled] = [
    ...(await platform.win(sale, users(1, 'a'), { quantity: 3 })),
    ...(await platform.win(sale, users(1, 'b'), { quantity: 2 })),
  ];
  await platform.win(sale, users(1, 'c'));
  await eventually(async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === 3, 'three orders');
  await platform.prisma.order.update({
    where: { id: paid?.reservationId ?? '' },
    data: { status: 'PAID', settledAt: new Date(Date.now() + 5_000) },
  });
  await platform.call(calls.cancelOrder, { userId: 'b-0', orderId: cancelled?.reservationId ?? '' });
  const itemId = itemIdOf(sale);
  await writeAnswerCounts(platform.redis, itemId, 'gateway-1', { TOKENS: 40, RESERVED: 2, SOLD_OUT: 20 });
  await writeAnswerCounts(platform.redis, itemId, 'gateway-1', { TOKENS: 50, RESERVED: 2, SOLD_OUT: 30 });
  await writeAnswerCounts(platform.redis, itemId, 'gateway-2', { TOKENS: 5, RESERVED: 1, RATE_LIMITED: 7 });

  const report = await reportOf(sale.saleId);
  expect(report.funnel).toEqual({ tokens: 55, tries: 40, won: 3, ordered: 3, paid: 1 });
  expect(report.answers).toEqual({ RESERVED: 3, SOLD_OUT: 30, RATE_LIMITED: 7 });
  expect(report.orders).toEqual({ pendingPayment: 1, paid: 1, cancelled: 1, refunded: 0, rejected: 0 });
  expect(report.items).toEqual([
    expect.objectContaining({ itemId, stock: 10, won: 6, paid: 3, pending: 1, returned: 2, resold: 0, revenueCents: 3_000 }),
  ]);
  expect(report.sellThrough.at(-1)).toMatchObject({ won: 6, paid: 3, returned: 2 });
  expect(report.winToOrderMs?.max).toBeGreaterThanOrEqual(0);
  expect(report.orderToPaidMs?.p50).toBeGreaterThan(1_000);
});

async function buy(sale: AdminSale, item: number, userId: string): Promise<void> {
  const [win] = await platform.win(sale, [userId], { item });
  const orderId = win?.reservationId ?? '';
  await eventually(async () => (await platform.statusInRedis(orderId)) === 'ORDERED', 'the order');
  const { paymentId } = await platform.call(calls.startPayment, { userId, orderId });
  const order = await platform.order(orderId);
  const money = { amountCents: Number(order?.amountCents), currency: order?.currency ?? '' };
  await send(platform.publisher, paymentReceived, {
    eventId: paymentId,
    type: 'payment.succeeded',
    paymentId,
    orderId,
    ...money,
  });
}

/** Stores an event again under its message id, as a publisher does that was away for longer than JetStream remembers ids. */
async function storeAgain(event: OrderEvent): Promise<void> {
  const { streams } = await jetstreamManager(platform.nc);
  const { config, state } = await streams.info('SECKILL_ORDERS');
  await streams.update('SECKILL_ORDERS', { ...config, duplicate_window: 100_000_000 });
  await eventually(async () => {
    await sendOrderEvents(platform.publisher, [{ ...event, at: event.at - 300_000 }]);
    return (await streams.info('SECKILL_ORDERS')).state.last_seq > state.last_seq;
  }, 'the event is stored twice');
  await streams.update('SECKILL_ORDERS', config);
}

test('the revenue of a sale in three currencies is three sums, and an event that is stored twice counts once', {
  timeout: 120_000,
}, async () => {
  const price = { title: 'Lamp', stock: 5, limitPerUser: 1 };
  const sale = await platform.openSale({
    items: [
      { ...price, priceCents: 3_000, currency: 'CNY' },
      { ...price, priceCents: 500, currency: 'USD' },
      { ...price, priceCents: 4_950, currency: 'JPY' },
    ],
  });
  const paid: OrderEvent[] = [];
  platform.listen(orderEvent.subject({ event: 'paid', saleId: sale.saleId }), (data) =>
    paid.push(...decodeOrderEvents(data).events),
  );
  const bought = [
    [0, 'a'],
    [0, 'b'],
    [1, 'c'],
    [2, 'd'],
  ] as const;
  for (const [item, userId] of bought) await buy(sale, item, userId);
  await eventually(() => paid.length === 4, 'four events');
  const [first] = paid;
  if (first !== undefined) await storeAgain(first);
  await platform.expectAuditHolds(sale);

  const revenue = [
    { currency: 'CNY', cents: 6_000 },
    { currency: 'JPY', cents: 4_950 },
    { currency: 'USD', cents: 500 },
  ];
  const { sales } = await platform.call(calls.overview, {});
  expect(sales.find(({ saleId }) => saleId === sale.saleId)?.statistics).toMatchObject({ paid: 4, revenue });
  const report = await reportOf(sale.saleId);
  expect(report.revenue).toEqual(revenue);
  expect(report.items.map(({ currency, revenueCents }) => [currency, revenueCents])).toEqual([
    ['CNY', 6_000],
    ['USD', 500],
    ['JPY', 4_950],
  ]);

  // The same total, in other currencies.
  const { saleId } = sale;
  await platform.prisma.saleRevenue.update({ where: { saleId_currency: { saleId, currency: 'CNY' } }, data: { cents: 5_900n } });
  await platform.prisma.saleRevenue.update({ where: { saleId_currency: { saleId, currency: 'USD' } }, data: { cents: 600n } });
  const { after, repairs } = await platform.run('repair', sale);
  expect(repairs).toMatchObject([{ says: expect.stringContaining('revenue 4950 JPY, 59.00 CNY, 6.00 USD'), changed: 1 }]);
  expect(after.holds).toBe(true);
  const rows = await platform.prisma.saleRevenue.findMany({ where: { saleId }, orderBy: { currency: 'asc' } });
  expect(rows.map(({ currency, cents }) => ({ currency, cents: Number(cents) }))).toEqual(revenue);
});

test('the running totals of a long sale are at most 120 moments, and end with the sums', async () => {
  const sale = await platform.openSale({ stock: 300 });
  await platform.win(sale, users(300));
  await eventually(async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === 300, '300 orders');
  await platform.prisma.$executeRaw`
    UPDATE orders SET status = 'PAID', settled_at = created_at + random() * interval '1 hour' WHERE item_id = ${itemIdOf(sale)}`;
  const { sellThrough } = await reportOf(sale.saleId);
  expect(sellThrough.length).toBeGreaterThan(60);
  expect(sellThrough.length).toBeLessThanOrEqual(120);
  expect(sellThrough.at(-1)).toMatchObject({ won: 300, paid: 300, returned: 0 });
  const times = sellThrough.map(({ at }) => at);
  expect(times).toEqual([...times].sort());
});

test('a refund leaves when an order was paid or cancelled', async () => {
  const sale = await platform.openSale({ stock: 3 });
  await platform.win(sale, users(3));
  await eventually(async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === 3, 'three orders');
  await platform.comesToRest();
  const orders = await platform.prisma.order.findMany({ where: { saleId: sale.saleId }, orderBy: { id: 'asc' } });
  const [kept, refunded, late] = orders.map(({ id }) => id);
  const first = Math.min(...orders.map(({ reservedAt }) => reservedAt.getTime()));
  const at = (seconds: number) => new Date(first + seconds * 1_000);
  const settle = (id: string | undefined, data: object) => platform.prisma.order.update({ where: { id: id ?? '' }, data });
  await settle(kept, { status: 'PAID', settledAt: at(10) });
  await settle(refunded, { status: 'REFUNDED', settledAt: at(20), refundedAt: at(60) });
  await settle(late, { status: 'REFUNDED', reason: 'unpaid', settledAt: at(30), refundedAt: at(100) });

  const { sellThrough, orderToPaidMs, orders: counts } = await reportOf(sale.saleId);
  const totals = sellThrough.map(({ at: time, ...total }) => [Math.round((Date.parse(time) - first) / 1_000), total]);
  expect(totals).toEqual([
    [0, { won: 3, paid: 0, returned: 0 }],
    [10, { won: 3, paid: 1, returned: 0 }],
    [20, { won: 3, paid: 2, returned: 0 }],
    [30, { won: 3, paid: 2, returned: 1 }],
    [60, { won: 3, paid: 2, returned: 2 }],
  ]);
  expect(orderToPaidMs?.max).toBeLessThanOrEqual(20_000);
  expect(orderToPaidMs?.max).toBeGreaterThan(10_000);
  expect(counts).toMatchObject({ paid: 1, refunded: 2 });
});

test('a sale without buyers has an empty report', async () => {
  const sale = await platform.openSale();
  expect(await reportOf(sale.saleId)).toMatchObject({
    funnel: { tokens: 0, tries: 0, won: 0, ordered: 0, paid: 0 },
    sellThrough: [],
    winToOrderMs: null,
    orderToPaidMs: null,
  });
});

test('dead letters are listed newest first, without the messages they held', async () => {
  for (const seq of [1, 2]) {
    const letter = {
      consumer: 'orders',
      stream: 'SECKILL_RESERVATIONS',
      seq,
      subject: stockReserved.subject({ saleId: 'x', itemId: 'y' }),
      data: 'c2VjcmV0',
      reason: `broken ${seq}`,
      deliveries: 5,
      firstSeenAt: 1_700_000_000_000,
      diedAt: 1_700_000_001_000,
    };
    await send(platform.publisher, deadLetter, letter);
  }
  const { deadLetters: letters, ...next } = await platform.call(calls.listDeadLetters, { limit: 10 });
  expect(next).toEqual({});
  expect(letters.map(({ reason }) => reason)).toEqual(['broken 2', 'broken 1']);
  expect(letters[0]).toMatchObject({ consumer: 'orders', deliveries: 5, diedAt: '2023-11-14T22:13:21.000Z' });
  expect(JSON.stringify(letters)).not.toContain('c2VjcmV0');
  const first = await platform.call(calls.listDeadLetters, { limit: 1 });
  expect(first.deadLetters.map(({ reason }) => reason)).toEqual(['broken 2']);
  const cursor = first.nextCursor ?? '';
  const last = await platform.call(calls.listDeadLetters, { limit: 1, cursor });
  expect(last).toMatchObject({ deadLetters: [{ reason: 'broken 1' }] });
  expect(last).not.toHaveProperty('nextCursor');
});

test('a report counts the tickets and turns of a waiting room', async () => {
  const { saleId } = await platform.openSale({ admission: 'queue', waitingRoom: { staleSeconds: 2, claimSeconds: 600 } });
  expect((await reportOf((await platform.openSale()).saleId)).waitingRoom).toBeUndefined();
  await eventually(async () => (await readRoom(platform.redis, saleId)).runId !== undefined, 'the room open');
  const gateway = await RoomGateway.of(platform, saleId);
  await gateway.join(users(5));
  await gateway.admit(4);
  await gateway.takeUp(users(2).map((userId, i) => ({ userId, lane: 'n', number: i + 1, place: i + 1 })));
  await gateway.takeUp(users(1).map((userId) => ({ userId, lane: 'n', number: 1, place: 1 })));
  await gateway.use('user-0', newId());
  const figures = { tickets: 5, turns: 4, taken: 2, used: 1 };
  expect((await reportOf(saleId)).waitingRoom).toMatchObject(figures);
  await eventually(async () => (await reportOf(saleId)).waitingRoom?.missed === 2, 'two turns missed');
  expect((await reportOf(saleId)).waitingRoom).toEqual({ ...figures, missed: 2 });
});
