import { newId } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Worker } from '../../src/index.ts';
import { cancelOrders } from '../../src/orders/cancel-orders.ts';
import { fallDue } from '../support/fall-due.ts';
import { eventually, itemIdOf, type Platform, usePlatform, users } from '../support/platform.ts';
import { aSaleAtRest, contextOf, statisticsSay } from './books.ts';

const on = usePlatform();
let platform: Platform;
type Sale = Awaited<ReturnType<Platform['openSale']>>;

beforeEach(async () => {
  ({ platform } = on);
  await platform.startWorker();
});
afterEach(() => platform.stopWorkers());

const failed = async (sale: Sale) => {
  const report = await platform.audit(sale);
  return { ...report, failed: report.checks.filter((check) => !check.holds).map((check) => `${check.name}: ${check.detail}`) };
};

describe('the audit finds', { timeout: 120_000 }, () => {
  test('a reservation without an order', async () => {
    const { sale } = await aSaleAtRest(platform, 4);
    const win = await platform.winAside(sale, 'lost');
    const report = await failed(sale);
    expect(report).toMatchObject({ holds: false, lost: 1, drift: 1, oversold: 0 });
    expect(report.failed.join()).toContain(`${win.reservationId} is RESERVED in Redis and PostgreSQL has neither`);
  });

  test('an order without a reservation, and units that Redis did not get back', async () => {
    const { sale, ids } = await aSaleAtRest(platform, 4);
    const { reservations, item } = itemKeys(itemIdOf(sale));
    await platform.redis.hdel(reservations, ids[0] ?? '');
    await platform.redis.hincrby(item, 'live', -1);
    await platform.prisma.order.update({
      where: { id: ids[1] ?? '' },
      data: { status: 'CANCELLED', reason: 'buyer', settledAt: new Date() },
    });
    await platform.prisma.item.update({ where: { id: itemIdOf(sale) }, data: { sold: { decrement: 1 } } });
    const report = await failed(sale);
    expect(report).toMatchObject({ holds: false, lost: 0, drift: 2 });
    expect(report.failed.join()).toContain(`${ids[0]} is missing in Redis and PENDING_PAYMENT in PostgreSQL`);
    expect(report.failed.join()).toContain(`${ids[1]} is ORDERED in Redis and CANCELLED in PostgreSQL`);
  });

  test('a wrong sold column, an early cancel, a user beyond the limit, an order of another amount, a paid order without money', async () => {
    const { sale, ids } = await aSaleAtRest(platform, 4);
    const [first = '', second = '', third = '', fourth = ''] = ids;
    await platform.prisma.order.update({ where: { id: first }, data: { quantity: 3, amountCents: 3_000n } });
    await platform.prisma.order.update({ where: { id: second }, data: { amountCents: 1n } });
    await platform.prisma.order.update({
      where: { id: third },
      data: { status: 'CANCELLED', reason: 'unpaid', settledAt: new Date() },
    });
    await platform.prisma.order.update({ where: { id: fourth }, data: { status: 'PAID', settledAt: new Date() } });
    const { failed: faults, duplicated } = await failed(sale);
    expect(duplicated).toBe(2);
    for (const name of [
      "Each item's sold column equals the units of its live orders",
      'No user holds more units than the limit per user',
      'No order was cancelled as unpaid before its payBy',
      "Every order's amount is its quantity times the price of its item",
      'Every payment received belongs to a paid order or to a refund',
    ]) {
      expect(faults.join('\n')).toContain(name);
    }
  });

  test('a buyer who paid before payBy and lost the unit, and no other whose money went back', async () => {
    const { sale, ids } = await aSaleAtRest(platform, 4);
    const [inTime = '', late = '', wrongAmount = '', byBuyer = ''] = ids;
    const payments = new Map(ids.map((id) => [id, newId()]));
    for (const [orderId, id] of payments) {
      const closed = { status: 'CLOSED', closedAt: new Date() } as const;
      await platform.prisma.payment.create({ data: { id, orderId, amountCents: 1_000n, currency: 'EUR', ...closed } });
    }
    const context = { ...contextOf(platform), clock: (platform.workers[0] as Worker).context.clock };
    const payBy = (await Promise.all(ids.map((id) => fallDue(platform.prisma, id)))).map((at) => at ?? 0);
    await cancelOrders(context, [byBuyer], 'buyer');
    await cancelOrders(context, [inTime, late, wrongAmount], 'unpaid');
    const report = (i: number, change: { paidAt: number; amountCents?: number }) =>
      platform.reportPaid(ids[i] ?? '', payments.get(ids[i] ?? '') ?? '', change);
    await report(0, { paidAt: (payBy[0] ?? 0) - 1 });
    await report(1, { paidAt: (payBy[1] ?? 0) + 1 });
    await report(2, { paidAt: (payBy[2] ?? 0) - 1, amountCents: 999 });
    await report(3, { paidAt: (payBy[3] ?? 0) - 1 });
    await statisticsSay(platform, sale, { cancelled: 4, refunded: 4 });
    await platform.comesToRest();
    const { failed: faults, findings } = await failed(sale);
    expect(faults).toEqual(['No buyer who paid before payBy lost the unit: 1 paid in time and cancelled']);
    expect(findings?.map(({ says }) => says)).toEqual([expect.stringContaining(`Order ${inTime} was cancelled as unpaid`)]);
  });

  test('an event that is missing', async () => {
    const { sale, ids } = await aSaleAtRest(platform, 4);
    await platform.prisma.order.delete({ where: { id: ids[0] ?? '' } });
    const { failed: faults } = await failed(sale);
    expect(faults.join('\n')).toContain('created: 4 events, 3 orders');
  });
});

test('the audit raises no false alarm while a sale runs', { timeout: 180_000 }, async () => {
  const second = await platform.startWorker();
  const sale = await platform.openSale({ stock: 4_000, payTimeoutSeconds: 2 });
  let selling = true;
  let sold = 0;
  const seller = (async () => {
    for (let i = 0; selling; i += 1) {
      sold += (await platform.win(sale, users(50, `wave${i}`))).length;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const reports = [];
  for (let i = 0; i < 6; i += 1) {
    reports.push(await platform.audit(sale));
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  selling = false;
  await seller;
  expect(reports.flatMap((report) => report.checks.filter((check) => !check.holds))).toEqual([]);
  expect(second.context.nc.isClosed()).toBe(false);
  const cancelled = () => platform.prisma.order.count({ where: { saleId: sale.saleId, status: 'CANCELLED' } });
  await eventually(async () => (await cancelled()) === sold, 'every order cancelled', 60_000);
  await statisticsSay(platform, sale, { created: sold, cancelled: sold });
  await platform.expectAuditHolds(sale);
});
