import { calls, orderEvent, PublishUnacknowledged, paymentDeadline, type StockReserved, send } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { SWEEP_GRACE_SECONDS, sweepUnpaid } from '../../src/orders/deadlines/sweep-unpaid.ts';
import { eventually, itemIdOf, type Platform, usePlatform, users } from '../support/platform.ts';
import { readMessages } from '../support/stored-messages.ts';

const on = usePlatform();

async function ordered(platform: Platform, wins: readonly StockReserved[]): Promise<void> {
  await eventually(async () => {
    const states = await Promise.all(wins.map((win) => platform.statusInRedis(win.reservationId)));
    return states.every((state) => state === 'ORDERED');
  }, 'every winner has an order');
}

async function ordersOf(platform: Platform, saleId: string) {
  return platform.prisma.order.findMany({ where: { saleId }, orderBy: { id: 'asc' } });
}

describe('an order that is not paid in time', () => {
  test('is cancelled soon after payBy, its units return once, and its buyer may buy again', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 5, payTimeoutSeconds: 1 });
    await platform.win(sale, users(5));
    const cancelled = () => platform.prisma.order.count({ where: { saleId: sale.saleId, status: 'CANCELLED' } });
    await eventually(async () => (await cancelled()) === 5, 'five orders cancelled');

    for (const order of await ordersOf(platform, sale.saleId)) {
      const lateMs = (order.settledAt?.getTime() ?? 0) - order.payBy.getTime();
      expect(lateMs).toBeGreaterThanOrEqual(0);
      // Cancelled by its deadline, not by the sweep.
      expect(lateMs).toBeLessThan(SWEEP_GRACE_SECONDS * 1_000);
      expect(order).toMatchObject({ reason: 'unpaid', version: 1 });
    }
    await eventually(async () => (await platform.left(sale)) === 5, 'five units back in Redis');
    expect(await platform.prisma.item.findUnique({ where: { id: itemIdOf(sale) } })).toMatchObject({ sold: 0 });
    // Gateways may answer "sold out" a moment longer.
    let again: StockReserved[] = [];
    await eventually(async () => {
      again = await platform.win(sale, ['user-0']);
      return again.length === 1;
    }, 'the same user wins again');
    await eventually(
      async () => (await platform.order(again[0]?.reservationId ?? '')) !== null,
      'a second order of the same user',
    );
    await platform.expectAuditHolds(sale);
  });

  test('is not cancelled before payBy by a worker whose clock is an hour ahead', async () => {
    const { platform } = on;
    const worker = await platform.startWorker();
    const sale = await platform.openSale({ stock: 20, payTimeoutSeconds: 2 });
    worker.context.clock.now = () => Date.now() + 3_600_000;
    await platform.win(sale, users(20));
    const cancelled = () => platform.prisma.order.count({ where: { saleId: sale.saleId, status: 'CANCELLED' } });
    await eventually(async () => (await cancelled()) === 20, 'twenty orders cancelled');
    await eventually(async () => (await platform.left(sale)) === 20, 'twenty units back');
    for (const order of await ordersOf(platform, sale.saleId)) {
      const lateMs = (order.settledAt?.getTime() ?? 0) - order.payBy.getTime();
      expect(lateMs).toBeGreaterThanOrEqual(0);
      // The early message was delayed, not lost: the sweep had nothing to do.
      expect(lateMs).toBeLessThan(SWEEP_GRACE_SECONDS * 1_000);
    }
    await platform.expectAuditHolds(sale);
  });

  test('is cancelled by the next worker after the first one died', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 3, payTimeoutSeconds: 1 });
    await platform.win(sale, users(3));
    await eventually(async () => (await ordersOf(platform, sale.saleId)).length === 3, 'every winner has an order');
    await platform.stopWorkers();
    const due = Math.max(...(await ordersOf(platform, sale.saleId)).map((order) => order.payBy.getTime()));
    await eventually(() => Date.now() > due, 'the time to pay over');
    await platform.startWorker();
    const cancelled = () => platform.prisma.order.count({ where: { saleId: sale.saleId, status: 'CANCELLED' } });
    await eventually(async () => (await cancelled()) === 3, 'three orders cancelled');
    await eventually(async () => (await platform.left(sale)) === 3, 'three units back');
    await platform.expectAuditHolds(sale);
  });

  test('whose deadline message was lost is found by the sweep', async () => {
    const { platform } = on;
    const worker = await platform.startWorker();
    const sale = await platform.openSale({ stock: 3, payTimeoutSeconds: 600 });
    const wins = await platform.win(sale, users(3));
    await ordered(platform, wins);
    // Due long ago, but its message waits for ten minutes.
    await platform.prisma.order.updateMany({ where: { saleId: sale.saleId }, data: { payBy: new Date(Date.now() - 60_000) } });
    const cancelled = () => platform.prisma.order.count({ where: { saleId: sale.saleId, status: 'CANCELLED' } });
    await eventually(async () => (await cancelled()) === 3, 'three orders cancelled');
    await eventually(async () => (await platform.left(sale)) === 3, 'three units back');
    await eventually(async () => (await worker.context.metrics.sweptOrders.get()).values[0]?.value === 3, 'three orders swept');
    await platform.expectAuditHolds(sale);
  });
});

test('a sweep whose events cannot be published is counted all the same', async () => {
  const { platform } = on;
  const worker = await platform.startWorker();
  const sale = await platform.openSale({ stock: 3, payTimeoutSeconds: 600 });
  const wins = await platform.win(sale, users(3, 'swept'));
  await ordered(platform, wins);
  await platform.stopWorkers();
  await platform.prisma.order.updateMany({ where: { saleId: sale.saleId }, data: { payBy: new Date(Date.now() - 60_000) } });
  const cancelled = orderEvent.subject({ event: 'cancelled', saleId: sale.saleId });
  const publisher = {
    publish: (subject: string, data: string, id: string) =>
      subject === cancelled
        ? Promise.reject(new PublishUnacknowledged(subject, 'a test'))
        : platform.publisher.publish(subject, data, id),
  } as unknown as typeof platform.publisher;
  await expect(sweepUnpaid({ ...worker.context, publisher })).rejects.toThrow(PublishUnacknowledged);
  const { sweptOrders, ordersCancelled } = worker.context.metrics;
  expect((await sweptOrders.get()).values).toMatchObject([{ value: 3 }]);
  expect((await ordersCancelled.get()).values).toMatchObject([{ labels: { reason: 'unpaid' }, value: 3 }]);
  await platform.startWorker();
  await eventually(async () => (await platform.left(sale)) === 3, 'three units back');
  await platform.expectAuditHolds(sale);
});

test('a deadline that comes too early cancels nothing and is delayed', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 1, payTimeoutSeconds: 2 });
  const [win] = await platform.win(sale, ['patient']);
  const orderId = win?.reservationId ?? '';
  await eventually(async () => (await platform.order(orderId)) !== null, 'the order');
  const early = { dueAt: 1, payTimeoutSeconds: 2, orderIds: [orderId] };
  await send(platform.publisher, paymentDeadline, early, 'early');
  await eventually(async () => (await platform.order(orderId))?.status === 'CANCELLED', 'the order cancelled');
  const order = await platform.order(orderId);
  expect(order?.settledAt?.getTime()).toBeGreaterThanOrEqual(order?.payBy.getTime() ?? Number.POSITIVE_INFINITY);
});

describe("the buyer's cancel", () => {
  test('gives the units back at once, may be repeated, and is refused for a paid or foreign order', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 2 });
    const [first, second] = await platform.win(sale, ['first', 'second']);
    await ordered(
      platform,
      [first, second].filter((win) => win !== undefined),
    );
    const orderId = first?.reservationId ?? '';

    const cancel = (userId: string, id: string) => platform.call(calls.cancelOrder, { userId, orderId: id });
    expect(await cancel('first', orderId)).toMatchObject({ orderId, status: 'CANCELLED', reason: 'buyer' });
    expect(await cancel('first', orderId)).toMatchObject({ orderId, status: 'CANCELLED', reason: 'buyer' });
    expect(await platform.left(sale)).toBe(1);
    expect((await platform.eventCounts(sale))['cancelled']).toBe(1);
    await expect(cancel('first', second?.reservationId ?? '')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await platform.prisma.order.update({ where: { id: second?.reservationId ?? '' }, data: { status: 'PAID' } });
    await expect(cancel('second', second?.reservationId ?? '')).rejects.toMatchObject({ code: 'NOT_CANCELLABLE' });
  });

  test('that a dying worker left unfinished is finished by another one', async () => {
    const { platform } = on;
    const worker = await platform.startWorker();
    const sale = await platform.openSale({ stock: 1 });
    const [win] = await platform.win(sale, ['buyer']);
    const orderId = win?.reservationId ?? '';
    await ordered(platform, win === undefined ? [] : [win]);
    // The steps after the commit never run.
    worker.context.publisher.publish = (subject, ...rest) =>
      subject === orderEvent.subject({ event: 'cancelled', saleId: sale.saleId })
        ? Promise.reject(new PublishUnacknowledged(subject, 'the worker is dead'))
        : platform.publisher.publish(subject, ...rest);
    const cancel = platform.call(calls.cancelOrder, { userId: 'buyer', orderId });
    await expect(cancel).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await platform.order(orderId))?.status).toBe('CANCELLED');
    expect(await platform.statusInRedis(orderId)).toBe('ORDERED');
    // Not among the deadlines of the sale: behind ten thousand that are held back it would wait until they are due.
    const reminders = await readMessages(platform.nc, 'SECKILL_DEADLINES', paymentDeadline.subject({ payTimeoutSeconds: 5 }));
    expect(reminders.map(({ value }) => value['orderIds'])).toContainEqual([orderId]);

    worker.context.publisher.publish = platform.publisher.publish.bind(platform.publisher);

    await eventually(async () => (await platform.left(sale)) === 1, 'the unit back in Redis');
    await platform.expectAuditHolds(sale);
  });
});
