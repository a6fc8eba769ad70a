import { calls, couponCalls, newId } from 'seckill-core';
import { beforeEach, expect, test } from 'vitest';
import { eventually, usePlatform } from '../support/platform.ts';
import { ShopWithSagas } from './shop-with-sagas.ts';

const on = usePlatform();
let shop: ShopWithSagas;
beforeEach(() => {
  shop = new ShopWithSagas(on.platform);
  on.platform.provider.standing = () => ({ state: 'done' });
});

const COMPLETED = { order: 'PAID', points: 10, coupon: 'ISSUED', shipment: 'accepted' };
const COMPENSATED = { order: 'REFUNDED', points: 0, coupon: 'REVOKED', shipment: 'refused' };
const refusing = () => ({ state: 'refused', reason: 'The shelf is empty.' }) as const;
const words = (timeline: readonly { what: string; id?: string | undefined }[]) =>
  timeline.filter(({ what }) => /^(step|saga)-/.test(what)).map(({ what, id }) => `${what} ${id}`);

test('a paid order gets its points, its coupon and its shipment, each once', async () => {
  await shop.startWorker();
  const { orderId, userId } = await shop.paidOrder();
  await shop.is(orderId, 'COMPLETED');
  expect(await shop.booksOf(orderId, userId)).toEqual(COMPLETED);
  const { saga, timeline } = await shop.show(orderId);
  expect(saga?.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'payment DONE',
    'points DONE',
    'coupon DONE',
    'fulfilment DONE',
  ]);
  expect(words(timeline)).toEqual([
    'saga-begun after-paid',
    'step-done payment',
    'step-done points',
    'step-done coupon',
    'step-done fulfilment',
    'saga-completed after-paid',
  ]);
  expect(shop.warehouse.requests).toMatchObject([{ shipmentId: orderId, userId, lines: [{ quantity: 1 }] }]);
});

test('if the warehouse refuses, all goes back in the reverse order: coupon, points, money, and the unit is on sale again', async () => {
  await shop.startWorker();
  shop.warehouse.decide = refusing;
  const { sale, orderId, userId } = await shop.paidOrder();
  await shop.is(orderId, 'COMPENSATED');
  expect(await shop.booksOf(orderId, userId)).toEqual(COMPENSATED);
  const { refunds, timeline } = await shop.show(orderId);
  expect(refunds).toMatchObject([
    { state: 'DONE', amountCents: 1_000, requestedBy: 'saga', note: 'The warehouse refuses the shipment: The shelf is empty.' },
  ]);
  expect(words(timeline).slice(4)).toEqual([
    'step-refused fulfilment',
    'step-undone coupon',
    'step-undone points',
    'step-undone payment',
    'saga-compensated after-paid',
  ]);
  await on.platform.comesToRest();
  await eventually(async () => (await on.platform.left(sale)) === 1, 'the unit is on sale');
  await on.platform.expectAuditHolds(sale);
});

test('a step that is not configured is left out', async () => {
  await shop.startWorker({ pointsPerUnit: 0, couponTemplate: undefined });
  const { orderId, userId } = await shop.paidOrder();
  await shop.is(orderId, 'COMPLETED');
  expect(await shop.booksOf(orderId, userId)).toEqual({ ...COMPLETED, points: 0, coupon: undefined });
});

test('a warehouse that is away delays the shipment only; after a while the saga is stuck and shown, and goes on when it is back', async () => {
  await shop.startWorker({ pace: { stuckAfterMs: 200 } });
  shop.warehouse.away = true;
  const { orderId, userId } = await shop.paidOrder();
  await eventually(async () => (await shop.show(orderId)).saga?.stuckSince !== undefined, 'it is stuck');
  expect(await shop.booksOf(orderId, userId)).toEqual({ ...COMPLETED, shipment: undefined });
  const listed = await on.platform.call(calls.listStuckSagas, { limit: 10 });
  expect(listed.sagas).toMatchObject([
    { orderId, state: 'RUNNING', step: 'fulfilment', lastError: 'Error: The warehouse is away.' },
  ]);
  shop.warehouse.away = false;
  await shop.is(orderId, 'COMPLETED');
  expect(await on.platform.call(calls.listStuckSagas, { limit: 10 })).toMatchObject({ sagas: [] });
  // One line for the first failure, one when it is stuck: not one for each try.
  expect(words((await shop.show(orderId)).timeline).slice(4)).toEqual([
    'step-failed fulfilment',
    'saga-stuck fulfilment',
    'step-done fulfilment',
    'saga-completed after-paid',
  ]);
});

test('a shipment that the warehouse decides later is asked for until it is decided', async () => {
  await shop.startWorker();
  shop.warehouse.decide = () => ({ state: 'pending' });
  const { orderId, userId } = await shop.paidOrder();
  await eventually(() => shop.warehouse.requests.length > 2, 'it asks again');
  shop.warehouse.decide = refusing;
  await shop.is(orderId, 'COMPENSATED');
  expect(await shop.booksOf(orderId, userId)).toEqual(COMPENSATED);
});

test('an order that an operator refunds loses what it got, and its money goes back once', async () => {
  await shop.startWorker();
  const { orderId, userId } = await shop.paidOrder();
  await shop.is(orderId, 'COMPLETED');
  await on.platform.call(calls.refundOrder, { orderId, reason: 'Broken.', returnUnits: false, requestId: newId() });
  await shop.is(orderId, 'COMPENSATED');
  expect(await shop.booksOf(orderId, userId)).toEqual({ ...COMPENSATED, shipment: 'cancelled' });
  expect((await shop.show(orderId)).refunds).toMatchObject([{ state: 'DONE', amountCents: 1_000, requestedBy: 'operator' }]);
});

test('a part of the money that goes back changes nothing', async () => {
  await shop.startWorker();
  const { orderId, userId } = await shop.paidOrder();
  await on.platform.call(calls.refundOrder, {
    orderId,
    amountCents: 300,
    reason: 'A scratch.',
    returnUnits: false,
    requestId: newId(),
  });
  await eventually(async () => (await shop.show(orderId)).refunds[0]?.state === 'DONE', 'it went back');
  await shop.is(orderId, 'COMPLETED');
  expect(await shop.booksOf(orderId, userId)).toEqual(COMPLETED);
});

test('an order that is refunded while the warehouse hangs: what it accepted late is cancelled', async () => {
  await shop.startWorker();
  let answers = () => {};
  shop.warehouse.slow = new Promise((resolve) => {
    answers = resolve;
  });
  const { orderId, userId } = await shop.paidOrder();
  await eventually(() => shop.warehouse.stateOf(orderId) === 'accepted', 'the warehouse has accepted, and does not answer');
  await on.platform.call(calls.refundOrder, { orderId, reason: 'Too late.', returnUnits: true, requestId: newId() });
  await eventually(() => shop.warehouse.cancels.length > 0, 'it is cancelled');
  shop.warehouse.slow = undefined;
  answers();
  await shop.is(orderId, 'COMPENSATED');
  expect(await shop.booksOf(orderId, userId)).toEqual({ ...COMPENSATED, shipment: 'cancelled' });
});

test('a used coupon stays, and so do goods that have left; the rest goes back, and the timeline says so', async () => {
  await shop.startWorker();
  shop.warehouse.decide = () => ({ state: 'shipped' });
  const { orderId, userId } = await shop.paidOrder();
  await shop.is(orderId, 'COMPLETED');
  const { code } = await on.platform.prisma.coupon.findUniqueOrThrow({ where: { key: `${orderId}:coupon` } });
  await on.platform.call(couponCalls.redeemCoupon, { code: code ?? '', userId, usedFor: 'basket' });
  await on.platform.call(calls.commandSaga, { orderId, command: 'compensate' });
  await shop.is(orderId, 'COMPENSATED');
  expect(await shop.booksOf(orderId, userId)).toEqual({ order: 'REFUNDED', points: 0, coupon: 'USED', shipment: 'shipped' });
  expect(words((await shop.show(orderId)).timeline).slice(5)).toEqual([
    'saga-turned-back after-paid',
    'step-kept fulfilment',
    'step-kept coupon',
    'step-undone points',
    'step-undone payment',
    'saga-compensated after-paid',
  ]);
});

test('a refund that the provider refuses keeps the saga open until an operator has settled it', async () => {
  await shop.startWorker({ pace: { stuckAfterMs: 200 } });
  on.platform.provider.standing = () => ({ state: 'refused', reason: 'The card is closed.' });
  shop.warehouse.decide = refusing;
  const { orderId } = await shop.paidOrder();
  await eventually(async () => (await shop.show(orderId)).saga?.stuckSince !== undefined, 'it is stuck');
  const { saga, refunds } = await shop.show(orderId);
  expect(saga).toMatchObject({ state: 'COMPENSATING', step: 'payment' });
  expect(refunds).toMatchObject([{ state: 'REFUSED' }]);
  await on.platform.call(calls.settleRefund, { orderId, refundId: refunds[0]?.refundId ?? '', note: 'By bank transfer.' });
  await shop.is(orderId, 'COMPENSATED');
});

test('orders that were paid before the sagas were switched on get none', async () => {
  const { platform } = on;
  await platform.prisma.listenerPosition.deleteMany({ where: { listener: 'sagas' } });
  await platform.startWorker();
  const { orderId: before } = await shop.paidOrder();
  await platform.comesToRest();
  await platform.stopWorkers();
  await shop.startWorker();
  const { orderId: after } = await shop.paidOrder();
  await shop.is(after, 'COMPLETED');
  expect((await shop.show(before)).saga).toBeUndefined();
});

test('a hanging warehouse delays no points and coupons', async () => {
  await shop.startWorker();
  let answers = () => {};
  shop.warehouse.slow = new Promise((resolve) => {
    answers = resolve;
  });
  // More than the warehouse has places.
  const { orderIds } = await shop.paidOrders(270);
  const coupons = () => on.platform.prisma.coupon.count({ where: { key: { in: orderIds.map((id) => `${id}:coupon`) } } });
  await eventually(async () => (await coupons()) === 270, 'all coupons are issued');
  await eventually(() => shop.warehouse.requests.length === 250, 'as many as it has places are at the warehouse');
  answers();
  await eventually(
    async () => (await on.platform.prisma.saga.count({ where: { orderId: { in: orderIds }, state: 'COMPLETED' } })) === 270,
    'all completed',
  );
});
