import { type AdminSale, calls, newId } from 'seckill-core';
import { beforeEach, expect, test } from 'vitest';
import { eventually, usePlatform } from '../support/platform.ts';
import { ShopWithSagas } from './shop-with-sagas.ts';

const on = usePlatform();
let shop: ShopWithSagas;
beforeEach(async () => {
  shop = new ShopWithSagas(on.platform);
  on.platform.provider.standing = () => ({ state: 'done' });
  await shop.startWorker();
});

type Draft = Parameters<typeof on.platform.openSale>[0];
const refusing = () => ({ state: 'refused', reason: 'The shelf is empty.' }) as const;

/** An order of a sale, not yet paid unless it is free. */
async function anOrder(draft: Draft, quantity = 1): Promise<{ sale: AdminSale; orderId: string; userId: string }> {
  const { platform } = on;
  const sale = await platform.openSale({ payTimeoutSeconds: 600, ...draft });
  const userId = newId();
  const [win] = await platform.win(sale, [userId], { quantity });
  const orderId = win?.reservationId ?? '';
  await eventually(async () => (await platform.order(orderId)) !== null, 'the order');
  return { sale, orderId, userId };
}

async function startPayment({ orderId, userId }: { orderId: string; userId: string }): Promise<string> {
  return (await on.platform.call(calls.startPayment, { orderId, userId })).paymentId;
}

async function holdsAtRest(sale: AdminSale): Promise<void> {
  await on.platform.comesToRest();
  await on.platform.expectAuditHolds(sale);
}

test('an order of three units has the points of its amount and a shipment of three, and returns three', async () => {
  const order = await anOrder({ stock: 3, limitPerUser: 3 }, 3);
  const { sale, orderId, userId } = order;
  await on.platform.reportPaid(orderId, await startPayment(order), { amountCents: 3_000 });
  await shop.is(orderId, 'COMPLETED');
  expect(await shop.balanceOf(userId)).toBe(30);
  expect(shop.warehouse.requests).toMatchObject([{ shipmentId: orderId, lines: [{ quantity: 3 }] }]);
  await holdsAtRest(sale);
  await on.platform.call(calls.refundOrder, { orderId, reason: 'Broken.', returnUnits: true, requestId: newId() });
  await shop.is(orderId, 'COMPENSATED');
  expect(await shop.balanceOf(userId)).toBe(0);
  await eventually(async () => (await on.platform.left(sale)) === 3, 'three units are on sale');
  await holdsAtRest(sale);
});

test('a free order has a coupon and a shipment, and no points', async () => {
  const { sale, orderId, userId } = await anOrder({ stock: 1, item: { priceCents: 0 } });
  await shop.is(orderId, 'COMPLETED');
  expect(await shop.booksOf(orderId, userId)).toEqual({ order: 'PAID', points: 0, coupon: 'ISSUED', shipment: 'accepted' });
  await holdsAtRest(sale);
});

test('a free order that the warehouse refuses loses its coupon and stays: there is no money to give back', async () => {
  shop.warehouse.decide = refusing;
  const { sale, orderId, userId } = await anOrder({ stock: 1, item: { priceCents: 0 } });
  await shop.is(orderId, 'COMPENSATED');
  expect(await shop.booksOf(orderId, userId)).toEqual({ order: 'PAID', points: 0, coupon: 'REVOKED', shipment: 'refused' });
  expect((await shop.show(orderId)).saga?.steps[0]).toMatchObject({ name: 'payment', state: 'KEPT' });
  await holdsAtRest(sale);
});

test('an order that was paid after its end gets its money back, and nothing else', async () => {
  const order = await anOrder({ stock: 1 });
  const { sale, orderId, userId } = order;
  const { platform } = on;
  const paymentId = await startPayment(order);
  await platform.call(calls.cancelOrder, { userId, orderId });
  await platform.reportPaid(orderId, paymentId);
  await eventually(async () => (await platform.order(orderId))?.status === 'REFUNDED', 'the money goes back');
  await holdsAtRest(sale);
  expect(await shop.booksOf(orderId, userId)).toMatchObject({ points: 0, coupon: undefined, shipment: undefined });
  expect((await shop.show(orderId)).saga).toBeUndefined();
});

test('a part of the money went back before the warehouse refuses: the rest follows, and no more', async () => {
  shop.warehouse.decide = () => ({ state: 'pending' });
  const { sale, orderId, userId } = await shop.paidOrder();
  await shop.is(orderId, 'RUNNING', 'fulfilment');
  const wish = { orderId, amountCents: 300, reason: 'A scratch.', returnUnits: false, requestId: newId() };
  await on.platform.call(calls.refundOrder, wish);
  shop.warehouse.decide = refusing;
  await shop.is(orderId, 'COMPENSATED');
  const { refunds } = await shop.show(orderId);
  expect(refunds.map(({ amountCents, state }) => `${amountCents} ${state}`).toSorted()).toEqual(['300 DONE', '700 DONE']);
  expect(await shop.booksOf(orderId, userId)).toEqual({
    order: 'REFUNDED',
    points: 0,
    coupon: 'REVOKED',
    shipment: 'refused',
  });
  await holdsAtRest(sale);
});

test('all the money goes back while the warehouse has not decided: the shipment is cancelled too', async () => {
  shop.warehouse.decide = () => ({ state: 'pending' });
  const { sale, orderId, userId } = await shop.paidOrder();
  await shop.is(orderId, 'RUNNING', 'fulfilment');
  await on.platform.call(calls.refundOrder, { orderId, reason: 'Broken.', returnUnits: false, requestId: newId() });
  await shop.is(orderId, 'COMPENSATED');
  expect(await shop.booksOf(orderId, userId)).toEqual({
    order: 'REFUNDED',
    points: 0,
    coupon: 'REVOKED',
    shipment: 'cancelled',
  });
  await holdsAtRest(sale);
});

test('a saga goes on after its sale was closed, and its units return', async () => {
  shop.warehouse.away = true;
  const { sale, orderId } = await shop.paidOrder();
  await on.platform.call(calls.commandSale, { saleId: sale.saleId, command: 'close' });
  shop.warehouse.decide = refusing;
  shop.warehouse.away = false;
  await shop.is(orderId, 'COMPENSATED');
  expect((await on.platform.order(orderId))?.status).toBe('REFUNDED');
  await eventually(async () => (await on.platform.left(sale)) === 1, 'the unit is back');
  await holdsAtRest(sale);
});
