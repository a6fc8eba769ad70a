import { calls, newId } from 'seckill-core';
import { beforeEach, expect, test } from 'vitest';
import { eventually, usePlatform } from '../support/platform.ts';
import { ShopWithSagas } from './shop-with-sagas.ts';

const on = usePlatform();
let shop: ShopWithSagas;
beforeEach(async () => {
  shop = new ShopWithSagas(on.platform);
  await shop.startWorker();
});

async function completed() {
  const order = await shop.paidOrder();
  await shop.is(order.orderId, 'COMPLETED');
  await on.platform.comesToRest();
  return order;
}
const check = async (saleId: string) => {
  const { checks } = await on.platform.run('audit', { saleId });
  return checks.find(({ name }) => name.startsWith('Every paid order has its saga'));
};
const says = async (saleId: string) => JSON.stringify(await on.platform.run('repair', { saleId }));

test('the audit holds after sagas that completed and sagas that turned back', async () => {
  const { sale } = await completed();
  await on.platform.expectAuditHolds(sale);
  shop.warehouse.decide = () => ({ state: 'refused', reason: 'The shelf is empty.' });
  const other = await shop.paidOrder();
  await shop.is(other.orderId, 'COMPENSATED');
  await on.platform.expectAuditHolds(other.sale);
  expect(await check(other.sale.saleId)).toMatchObject({ holds: true });
});

test('a paid order without its saga is found, and the repair begins it', async () => {
  const { sale, orderId } = await completed();
  const { prisma } = on.platform;
  await prisma.saga.deleteMany({ where: { orderId } });
  await prisma.listenerPosition.update({ where: { listener: 'sagas' }, data: { beganAt: new Date(0) } });
  await prisma.order.update({ where: { id: orderId }, data: { settledAt: new Date(Date.now() - 120_000) } });
  expect(await check(sale.saleId)).toMatchObject({ holds: false });
  await says(sale.saleId);
  await shop.is(orderId, 'COMPLETED');
  expect(await shop.balanceOf((await on.platform.order(orderId))?.userId ?? '')).toBe(10);
  expect(await check(sale.saleId)).toMatchObject({ holds: true });
});

test('points and coupons that do not fit the saga are found', async () => {
  const { prisma } = on.platform;
  const { sale, orderId, userId } = await completed();
  await prisma.pointsAccount.update({ where: { userId }, data: { balance: 11 } });
  expect(await check(sale.saleId)).toMatchObject({ holds: false });
  await prisma.pointsAccount.update({ where: { userId }, data: { balance: 10 } });
  expect(await check(sale.saleId)).toMatchObject({ holds: true });
  await prisma.coupon.delete({ where: { key: `${orderId}:coupon` } });
  expect(await check(sale.saleId)).toMatchObject({ holds: false });
  expect(await says(sale.saleId)).toContain(`The saga of order ${orderId} issued a coupon, and the books have none.`);
});

test('points and coupons that a saga that turned back has left are found', async () => {
  const { prisma } = on.platform;
  const { sale, orderId } = await completed();
  await on.platform.call(calls.refundOrder, { orderId, reason: 'Broken.', returnUnits: true, requestId: newId() });
  await shop.is(orderId, 'COMPENSATED');
  await eventually(async () => (await check(sale.saleId))?.holds === true, 'it holds');
  await prisma.coupon.update({ where: { key: `${orderId}:coupon` }, data: { state: 'ISSUED', revokedAt: null } });
  expect(await check(sale.saleId)).toMatchObject({ holds: false });
});
