import { type AdminSale, calls, newId, newReservationId, type Overview } from 'seckill-core';
import { beforeEach, expect, test } from 'vitest';
import { deadlineReader } from '../../src/reports/payment-deadlines.ts';
import { eventually, itemIdOf, type Platform, patientTransaction, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(async () => {
  ({ platform } = on);
  await platform.startWorker();
});

const ordersOf = async ({ saleId }: AdminSale): Promise<Overview['sales'][number]['orders'] | undefined> =>
  (await platform.call(calls.overview, {})).sales.find((sale) => sale.saleId === saleId)?.orders;

test('the overview counts orders through every change, also one that no worker makes', async () => {
  const sale = await platform.openSale({ stock: 50, limitPerUser: 5 });
  const [paid, cancelled, refunded, deleted] = await platform.win(sale, users(6));
  const count = () => platform.prisma.order.count({ where: { saleId: sale.saleId } });
  await eventually(async () => (await count()) === 6, 'six orders');
  expect(await ordersOf(sale)).toEqual({ pendingPayment: 6, paid: 0, cancelled: 0, refunded: 0, rejected: 0 });

  await platform.call(calls.cancelOrder, { userId: cancelled?.userId ?? '', orderId: cancelled?.reservationId ?? '' });
  const set = (id: string | undefined, status: 'PAID' | 'REFUNDED') =>
    platform.prisma.order.update({ where: { id: id ?? '' }, data: { status, settledAt: new Date() } });
  await set(paid?.reservationId, 'PAID');
  await set(refunded?.reservationId, 'REFUNDED');
  await platform.prisma.order.delete({ where: { id: deleted?.reservationId ?? '' } });
  const itemId = itemIdOf(sale);
  const rejection = { saleId: sale.saleId, itemId, userId: 'late', quantity: 1, reason: 'SOLD_OUT' };
  const reservationIds = [newReservationId(itemId), newReservationId(itemId)];
  await platform.prisma.rejection.createMany({ data: reservationIds.map((reservationId) => ({ ...rejection, reservationId })) });
  await platform.prisma.rejection.delete({ where: { reservationId: reservationIds[0] ?? '' } });
  expect(await ordersOf(sale)).toEqual({ pendingPayment: 2, paid: 1, cancelled: 1, refunded: 1, rejected: 1 });

  await platform.prisma.$transaction(async (tx) => {
    await tx.order.updateMany({ where: { saleId: sale.saleId }, data: { status: 'CANCELLED' } });
    expect(await ordersOf(sale)).toMatchObject({ pendingPayment: 2, paid: 1 });
    await tx.order.updateMany({ where: { saleId: sale.saleId }, data: { status: 'PAID' } });
  }, patientTransaction);
  expect(await ordersOf(sale)).toEqual({ pendingPayment: 0, paid: 5, cancelled: 0, refunded: 0, rejected: 1 });
});

test('the overview counts webhooks that fail or were disabled, and what listeners gave up', async () => {
  const { prisma } = platform;
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  const endpoint = { url: 'https://shop.example/hooks', events: ['order.*'], secret: 'a secret of the test' };
  await prisma.webhookEndpoint.createMany({
    data: [
      { ...endpoint, id: newId(), state: 'DISABLED', disabledReason: 'It failed.', failingSince: minutesAgo(60) },
      { ...endpoint, id: newId(), state: 'PAUSED', failingSince: minutesAgo(60) },
      { ...endpoint, id: newId(), failingSince: minutesAgo(6) },
      { ...endpoint, id: newId(), failingSince: minutesAgo(4) },
      { ...endpoint, id: newId(), state: 'DISABLED', disabledReason: 'It failed.', deletedAt: new Date() },
    ],
  });
  const task = { subject: newId(), eventId: 'paid:1', type: 'seckill.order.paid.v1', rank: 1, event: '{}' };
  await prisma.listenerTask.createMany({
    data: [
      { ...task, lane: 'mail', state: 'DEAD' },
      { ...task, lane: 'sms', state: 'DONE', finishedAt: new Date() },
      { ...task, lane: 'webhooks/one', state: 'DEAD' },
    ],
  });
  expect(await platform.call(calls.overview, {})).toMatchObject({ failingWebhooks: 1, disabledWebhooks: 1, deadTasks: 1 });
});

test('unpaid orders that take long to read make only the first caller wait, and those after a long pause', async () => {
  const sale = await platform.openSale({ stock: 50 });
  await platform.win(sale, users(3));
  const count = () => platform.prisma.order.count({ where: { saleId: sale.saleId } });
  await eventually(async () => (await count()) === 3, 'three orders');
  const read = deadlineReader(platform.prisma, { quickMs: 0, restFactor: 0 });
  const unpaid = async () => (await read()).get(sale.saleId)?.ahead.reduce((sum, orders) => sum + orders, 0) ?? 0;
  expect(await unpaid()).toBe(3);

  await platform.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE orders IN ACCESS EXCLUSIVE MODE`;
    expect(await unpaid()).toBe(3);
    await tx.order.updateMany({ where: { saleId: sale.saleId }, data: { status: 'PAID' } });
    expect(await unpaid()).toBe(3);
  }, patientTransaction);
  await eventually(async () => (await unpaid()) === 0, 'the read in the background');

  const readNew = deadlineReader(platform.prisma, { quickMs: 0, restFactor: 0, oldestMs: 0 });
  expect((await readNew()).has(sale.saleId)).toBe(false);
  await platform.prisma.order.updateMany({ where: { saleId: sale.saleId }, data: { status: 'PENDING_PAYMENT' } });
  expect((await readNew()).has(sale.saleId)).toBe(true);
});
