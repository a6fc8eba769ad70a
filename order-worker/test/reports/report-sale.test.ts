import { calls, deadLetter, type SaleReport, send, stockReserved, writeAnswerCounts } from 'seckill-core';
import { beforeEach, expect, test } from 'vitest';
import { eventually, itemIdOf, type Platform, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(async () => {
  ({ platform } = on);
  await platform.startWorker();
});

const reportOf = (saleId: string): Promise<SaleReport> => platform.call(calls.reportSale, { saleId });

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
