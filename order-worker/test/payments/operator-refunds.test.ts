import { calls, newId, paymentReceived, send } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { beforeEach, expect, test } from 'vitest';
import { viewOrders } from '../../src/orders/order-view.ts';
import { eventually, itemIdOf, type Platform, usePlatform } from '../support/platform.ts';
import { readStoredEvents } from '../support/stored-events.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(async () => {
  ({ platform } = on);
  platform.provider.standing = () => ({ state: 'done' });
  await platform.startWorker();
});

/** A PAID order of one unit, at a price of 10.00 EUR. */
async function aPaidOrder({ stock = 1 } = {}) {
  const sale = await platform.openSale({ stock, payTimeoutSeconds: 600 });
  const [win] = await platform.win(sale, ['buyer']);
  const orderId = win?.reservationId ?? '';
  await inRedis(orderId, 'ORDERED');
  const { paymentId } = await platform.call(calls.startPayment, { userId: 'buyer', orderId });
  await platform.reportPaid(orderId, paymentId);
  await inRedis(orderId, 'PAID');
  return { sale, orderId, paymentId, itemId: itemIdOf(sale) };
}

const inRedis = (orderId: string, status: string) =>
  eventually(async () => (await platform.statusInRedis(orderId)) === status, `${orderId} is ${status}`);
const wish = (orderId: string, change: object = {}) => ({
  orderId,
  reason: 'It arrived broken.',
  returnUnits: true,
  requestId: newId(),
  ...change,
});
const refund = (orderId: string, change: object = {}) => platform.call(calls.refundOrder, wish(orderId, change));
const show = (orderId: string) => platform.call(calls.adminOrder, { orderId });
const ended = (orderId: string, count: number) =>
  eventually(async () => (await show(orderId)).refunds.filter(({ state }) => state === 'DONE').length === count, `${count} done`);
const revenueOf = async (saleId: string) =>
  (await platform.prisma.saleRevenue.findMany({ where: { saleId } })).map(({ currency, cents }) => `${cents} ${currency}`);

test('a part goes back and the order stays PAID; with the rest it is REFUNDED, and its unit is on sale again', async () => {
  const { sale, orderId, paymentId } = await aPaidOrder();
  expect(await refund(orderId, { amountCents: 300 })).toMatchObject({
    status: 'PAID',
    refundableCents: 700,
    payments: [{ paymentId, status: 'SUCCEEDED', provider: 'http' }],
    refunds: [{ amountCents: 300, reason: 'operator', note: 'It arrived broken.', returnUnits: true }],
  });
  await ended(orderId, 1);
  expect(await platform.order(orderId)).toMatchObject({ status: 'PAID', version: 2 });
  await platform.comesToRest();
  expect(await revenueOf(sale.saleId)).toEqual(['700 EUR']);
  expect(await platform.left(sale)).toBe(0);
  await platform.expectAuditHolds(sale);

  await refund(orderId);
  await inRedis(orderId, 'REFUNDED');
  await platform.comesToRest();
  expect(await show(orderId)).toMatchObject({ status: 'REFUNDED', refundableCents: 0, payments: [{ status: 'REFUNDED' }] });
  const [whats, events] = [
    (await show(orderId)).timeline.map(({ what }) => what),
    (await readStoredEvents(platform.nc, sale.saleId)).map(({ event, version, refund }) => [event, version, refund?.amountCents]),
  ];
  expect(whats.slice(0, 5)).toEqual(['reserved', 'created', 'payment-begun', 'payment-received', 'paid']);
  expect(whats.slice(5).toSorted()).toEqual(['refund-decided', 'refund-decided', 'refund-done', 'refund-done', 'refunded']);
  expect(events).toEqual([
    ['created', 0, undefined],
    ['paid', 1, undefined],
    ['partly-refunded', 2, 300],
    ['refunded', 3, 700],
  ]);
  expect(await revenueOf(sale.saleId)).toEqual(['0 EUR']);
  expect(await platform.left(sale)).toBe(1);
  expect(platform.provider.refunds.slice(-2).map(({ amountCents, paidCents }) => [amountCents, paidCents])).toEqual([
    [300, 1_000],
    [700, 1_000],
  ]);
  await platform.expectAuditHolds(sale);
  // Units that return are back on sale after a moment.
  await eventually(async () => (await platform.win(sale, ['next'])).length === 1, 'another buyer wins the unit');
});

test('if the units do not return, the stock shrinks by as many', async () => {
  const { sale, orderId, itemId } = await aPaidOrder({ stock: 3 });
  await refund(orderId, { returnUnits: false });
  await inRedis(orderId, 'REFUNDED');
  await platform.comesToRest();
  expect(await platform.prisma.item.findUnique({ where: { id: itemId } })).toMatchObject({ stock: 2, sold: 0 });
  expect(await platform.left(sale)).toBe(2);
  await platform.expectAuditHolds(sale);
});

test('no more goes back than was paid, once for each request, whatever operators do at the same moment', async () => {
  const { sale, orderId } = await aPaidOrder();
  const same = wish(orderId, { amountCents: 600 });
  const twice = await Promise.all([platform.call(calls.refundOrder, same), platform.call(calls.refundOrder, same)]);
  expect(twice.map(({ refunds }) => refunds.length)).toEqual([1, 1]);
  await expect(platform.call(calls.refundOrder, { ...same, amountCents: 500 })).rejects.toMatchObject({
    code: 'REQUEST_ID_REUSED',
  });
  await expect(refund(orderId, { amountCents: 401 })).rejects.toMatchObject({ code: 'NOT_REFUNDABLE' });
  const rest = await Promise.allSettled([refund(orderId), refund(orderId), refund(orderId, { amountCents: 400 })]);
  expect(rest.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await inRedis(orderId, 'REFUNDED');
  await expect(refund(orderId)).rejects.toMatchObject({ code: 'NOT_REFUNDABLE', message: expect.stringContaining('REFUNDED') });
  await expect(refund(orderId.replace(/.{6}$/, '00ffff'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await platform.expectAuditHolds(sale);
});

test('a refused refund is listed until another is begun in its place, once however often that is asked for', async () => {
  platform.provider.standing = () => ({ state: 'refused', reason: 'The balance is too low.' });
  const { sale, orderId } = await aPaidOrder();
  const { refunds } = await refund(orderId);
  const [{ refundId } = { refundId: '' }] = refunds;
  const listed = async () => (await platform.call(calls.listRefusedRefunds, { limit: 50 })).refunds.map((each) => each.refundId);
  await eventually(async () => (await listed()).includes(refundId), 'it is listed');
  expect(await show(orderId)).toMatchObject({ status: 'PAID', refundableCents: 1_000 });

  platform.provider.standing = () => ({ state: 'done' });
  const retry = () => platform.call(calls.retryRefund, { orderId, refundId });
  await Promise.all([retry(), retry()]);
  await inRedis(orderId, 'REFUNDED');
  const again = await retry();
  expect(again.refunds.map(({ state }) => state)).toEqual(['REFUSED', 'DONE']);
  expect(again.refunds[0]?.retriedBy).toBe(again.refunds[1]?.refundId);
  expect(await listed()).not.toContain(refundId);
  const other = { orderId, refundId: again.refunds[1]?.refundId ?? '' };
  await expect(platform.call(calls.retryRefund, other)).rejects.toMatchObject({ code: 'NOT_REFUNDABLE' });
  await platform.expectAuditHolds(sale);
});

test('a refused refund that a person settled outside the provider is done: its order is REFUNDED, once however often they say so', async () => {
  platform.provider.standing = () => ({ state: 'refused', reason: 'The card was closed.' });
  const { sale, orderId, paymentId } = await aPaidOrder();
  const { refunds } = await refund(orderId);
  const [{ refundId } = { refundId: '' }] = refunds;
  await eventually(async () => (await show(orderId)).refunds[0]?.state === 'REFUSED', 'REFUSED');
  const settle = (note: string) => platform.call(calls.settleRefund, { orderId, refundId, note });
  const answers = await Promise.all([settle('IBAN transfer 17'), settle('IBAN transfer 17')]);
  for (const answer of [...answers, await settle('Another note')]) {
    expect(answer).toMatchObject({
      status: 'REFUNDED',
      refundableCents: 0,
      refunds: [{ refundId, state: 'DONE', settledBy: 'operator', settledNote: 'IBAN transfer 17', doneAt: expect.any(String) }],
    });
  }
  await inRedis(orderId, 'REFUNDED');
  await platform.comesToRest();
  expect(await platform.call(calls.getOrder, { userId: 'buyer', orderId })).toMatchObject({ refunds: [{ state: 'DONE' }] });
  expect((await platform.call(calls.listRefusedRefunds, { limit: 50 })).refunds).toEqual([]);
  expect((await readStoredEvents(platform.nc, sale.saleId)).slice(-2)).toMatchObject([
    { event: 'refund-refused', refund: { refundId } },
    { event: 'refunded', refund: { refundId, settledOutside: true } },
  ]);
  expect(await revenueOf(sale.saleId)).toEqual(['0 EUR']);
  expect(await platform.left(sale)).toBe(1);
  await expect(platform.call(calls.retryRefund, { orderId, refundId })).rejects.toMatchObject({ code: 'NOT_REFUNDABLE' });
  // The provider does not have it, and the audit does not expect it there.
  const earlier = new Date(Date.now() - 60_000);
  await platform.prisma.refund.update({ where: { id: refundId }, data: { doneAt: earlier } });
  await platform.prisma.payment.update({ where: { id: paymentId }, data: { paidAt: earlier } });
  await platform.expectAuditHolds(sale);

  // Then it has done it after all.
  const money = { paymentId, orderId, refundId, amountCents: 1_000, currency: 'EUR' };
  const done = { eventId: newId(), provider: 'http', type: 'refund.done', ...money } as const;
  await send(platform.publisher, paymentReceived, done);
  await eventually(async () => (await platform.deadLetters()).length === 1, 'a dead letter');
  expect((await platform.deadLetters())[0]?.reason).toContain(
    'was settled outside the provider, and the provider has done it too',
  );
});

test('only a refused refund that no other one has replaced can be settled outside', async () => {
  platform.provider.standing = () => ({ state: 'pending' });
  const { sale, orderId } = await aPaidOrder();
  const [{ refundId } = { refundId: '' }] = (await refund(orderId, { amountCents: 400 })).refunds;
  const settle = (id: string) => platform.call(calls.settleRefund, { orderId, refundId: id, note: 'By bank transfer.' });
  const isNot = { code: 'NOT_REFUNDABLE' };
  await expect(settle(refundId)).rejects.toMatchObject(isNot);
  await expect(settle(newId())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  platform.provider.standing = () => ({ state: 'refused', reason: 'The card was closed.' });
  await platform.prisma.refund.update({ where: { id: refundId }, data: { nextTryAt: new Date(0) } });
  await eventually(async () => (await show(orderId)).refunds[0]?.state === 'REFUSED', 'REFUSED');
  const next = (await platform.call(calls.retryRefund, { orderId, refundId })).refunds[1]?.refundId ?? '';
  await expect(settle(refundId)).rejects.toMatchObject({ ...isNot, message: expect.stringContaining(next) });
  await eventually(async () => (await show(orderId)).refunds[1]?.state === 'REFUSED', 'REFUSED again');
  // A part of the money: the order stays PAID.
  expect(await settle(next)).toMatchObject({ status: 'PAID', refundableCents: 600 });
  await platform.comesToRest();
  const [event] = (await readStoredEvents(platform.nc, sale.saleId)).filter((each) => each.event === 'partly-refunded');
  expect(event).toMatchObject({ refund: { refundId: next, amountCents: 400, settledOutside: true } });
  expect(await revenueOf(sale.saleId)).toEqual(['600 EUR']);
  await platform.expectAuditHolds(sale);
});

test('a free order has no money to give back, and its operator reads what to do', async () => {
  const sale = await platform.openSale({ stock: 1, item: { priceCents: 0 } });
  const [win] = await platform.win(sale, ['buyer']);
  const orderId = win?.reservationId ?? '';
  await inRedis(orderId, 'PAID');
  expect(await show(orderId)).toMatchObject({ status: 'PAID', refundableCents: 0, payments: [] });
  for (const amountCents of [undefined, 1]) {
    await expect(refund(orderId, { amountCents })).rejects.toMatchObject({
      code: 'NOT_REFUNDABLE',
      message: `Order ${orderId} was paid without money, so there is none to give back. To sell as many units again, add them to the item's stock.`,
    });
  }
  await platform.expectAuditHolds(sale);
});

test('an order of a sale that Redis has forgotten is refunded, and Redis does not hear of it', async () => {
  const { sale, orderId, itemId } = await aPaidOrder();
  await platform.comesToRest();
  const keys = Object.values(itemKeys(itemId));
  await platform.prisma.sale.update({
    where: { id: sale.saleId },
    data: { endsAt: new Date(Date.now() - 3 * 86_400_000), startsAt: new Date(0) },
  });
  await platform.redis.hdel('seckill:{sales}', sale.saleId);
  await platform.redis.del(...keys);
  await refund(orderId, { returnUnits: false });
  await eventually(async () => (await platform.order(orderId))?.status === 'REFUNDED', 'REFUNDED');
  await eventually(async () => (await platform.eventCounts(sale))['refunded'] === 1, 'its event');
  await platform.comesToRest();
  expect(await platform.redis.exists(...keys)).toBe(0);
});

test('an order and its refunds are shown as of one moment, also if the refund ends while they are read', async () => {
  platform.provider.standing = () => ({ state: 'pending' });
  const { orderId } = await aPaidOrder();
  await refund(orderId);
  await eventually(async () => (await show(orderId)).refunds[0]?.state === 'PENDING', 'under way');
  const { prisma } = platform;
  const { id = '' } = (await prisma.refund.findFirst({ where: { orderId } })) ?? {};
  const found = await prisma.order.findMany({ where: { id: orderId } });
  expect(found).toMatchObject([{ status: 'PAID' }]);
  await prisma.$queryRaw`SELECT settle_refunds(ARRAY[${id}::uuid], ARRAY[NULL]::text[], ARRAY['DONE'], ARRAY[''])`;
  expect(await viewOrders(prisma, found)).toMatchObject([{ status: 'REFUNDED', refunds: [{ state: 'DONE' }] }]);
});
