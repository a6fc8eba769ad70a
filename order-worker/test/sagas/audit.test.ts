import { calls, newId, newReservationId } from 'seckill-core';
import { beforeEach, describe, expect, test } from 'vitest';
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
const shipments = async (saleId: string) => {
  const { checks } = await on.platform.run('audit', { saleId });
  return checks.find(({ name }) => name.startsWith('The warehouse ships'));
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

describe("the warehouse's books", () => {
  test('agree after sagas that completed and sagas that turned back, over several pages', async () => {
    let asked = 0;
    shop.warehouse.decide = () => ({ state: ++asked % 3 === 0 ? 'refused' : 'accepted', reason: 'The shelf is empty.' });
    const { sale, orderIds } = await shop.paidOrders(7);
    await Promise.all(
      orderIds.map((id) => eventually(async () => (await shop.show(id)).saga?.endedAt !== undefined, 'it ended')),
    );
    await on.platform.comesToRest();
    expect(await shipments(sale.saleId)).toMatchObject({ holds: true, detail: '7 shipments, 0 differ' });
  });

  test('show what the warehouse lost, cancelled, doubled, changed, kept and made up', async () => {
    const { sale, orderIds } = await shop.paidOrders(6);
    await Promise.all(orderIds.map((id) => shop.is(id, 'COMPLETED')));
    const [lost = '', cancelled = '', doubled = '', changed = '', kept = ''] = orderIds;
    await on.platform.call(calls.refundOrder, { orderId: kept, reason: 'Broken.', returnUnits: true, requestId: newId() });
    await shop.is(kept, 'COMPENSATED');
    await on.platform.comesToRest();
    await eventually(async () => (await shipments(sale.saleId))?.holds === true, 'it holds');
    const { warehouse } = shop;
    const stranger = newReservationId('000001');
    warehouse.shipments.delete(lost);
    warehouse.shipments.set(cancelled, { state: 'cancelled' });
    warehouse.doubled.set(doubled, { state: 'accepted' });
    warehouse.quantities.set(changed, 2);
    warehouse.shipments.set(kept, { state: 'accepted' });
    warehouse.shipments.set(stranger, { state: 'accepted' });
    const { checks, findings } = await on.platform.run('audit', { saleId: sale.saleId });
    expect(checks.filter(({ holds }) => !holds)).toMatchObject([{ detail: '7 shipments, 6 differ' }]);
    expect(findings?.map(({ says }) => says)).toEqual([
      ...[
        `The saga of order ${lost} has a shipment, and the warehouse does not know it.`,
        `The saga of order ${cancelled} has a shipment, and the warehouse says cancelled.`,
      ].toSorted(),
      `The saga of order ${kept} has turned back, and the warehouse says accepted.`,
      `No saga has asked for shipment ${stranger}, and the warehouse says accepted.`,
      `The warehouse ships another number of units than order ${changed} has.`,
      `The warehouse has the shipment of order ${doubled} more than once.`,
    ]);
  });

  test('raise no false alarm while sagas go forward and back', async () => {
    const asked = new Map<string, number>();
    let hasSeenOpen = false;
    shop.warehouse.decide = ({ shipmentId }) => {
      const times = (asked.get(shipmentId) ?? 0) + 1;
      asked.set(shipmentId, times);
      if (times < 3 || !hasSeenOpen) return { state: 'pending' };
      return asked.size % 3 === 0 ? { state: 'refused', reason: 'The shelf is empty.' } : { state: 'accepted' };
    };
    const { sale, orderIds } = await shop.paidOrders(30);
    const refunds = orderIds.slice(0, 10).map((orderId) => {
      const wish = { orderId, reason: 'Broken.', returnUnits: true, requestId: newId() };
      return on.platform.call(calls.refundOrder, wish).catch(() => undefined);
    });
    const areUnderWay = async () => (await on.platform.prisma.saga.count({ where: { step: { not: null } } })) > 0;
    do {
      const found = await shipments(sale.saleId);
      expect(found).toMatchObject({ holds: true });
      hasSeenOpen ||= found?.detail.includes('orders that wait for the warehouse: ') === true;
    } while (!hasSeenOpen || (await areUnderWay()));
    await Promise.all(refunds);
  });

  test('are not judged before the warehouse has decided', async () => {
    shop.warehouse.decide = () => ({ state: 'pending' });
    const { sale, orderId } = await shop.paidOrder();
    await eventually(() => shop.warehouse.shipments.has(orderId), 'the shipment was asked for');
    expect(await shipments(sale.saleId)).toMatchObject({
      holds: true,
      detail: '1 shipments, 0 differ; orders that wait for the warehouse: 1',
    });
  });

  test('are said to be unchecked if the warehouse lists none, and a fault if it is away', async () => {
    const { sale } = await completed();
    shop.warehouse.keepsNoList = true;
    expect(await shipments(sale.saleId)).toMatchObject({ holds: true, detail: expect.stringMatching(/^not checked: /) });
    shop.warehouse.away = true;
    expect(await shipments(sale.saleId)).toMatchObject({
      holds: false,
      detail: 'the warehouse could not be compared: The warehouse is away',
    });
  });
});
