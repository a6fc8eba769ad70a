import { type AdminSale, calls, newId, type OrderEvent, orderEvent } from 'seckill-core';
import { expect, test } from 'vitest';
import { openPayments } from '../../src/payments/open-payments.ts';
import { readToEnd } from '../../src/servers/read-to-end.ts';
import { isRaised } from '../support/alerts.ts';
import { eventually, type Platform, usePlatform, users } from '../support/platform.ts';
import { readStoredNotices } from '../support/stored-events.ts';

const on = usePlatform();

async function ordersOf(platform: Platform, sale: AdminSale, buyers: readonly string[]): Promise<string[]> {
  const wins = await platform.win(sale, buyers);
  const ids = wins.map(({ reservationId }) => reservationId);
  await eventually(async () => (await platform.prisma.order.count({ where: { id: { in: ids } } })) === ids.length, 'the orders');
  return ids;
}

const noticesOf = (platform: Platform, { saleId }: AdminSale) => readStoredNotices(platform.nc, saleId);

async function expectNotices(platform: Platform, sale: AdminSale, names: readonly string[]): Promise<OrderEvent[]> {
  await eventually(async () => (await noticesOf(platform, sale)).length >= names.length, names.join());
  const found = (await noticesOf(platform, sale)).sort((a, b) => a.at - b.at);
  expect(found.map(({ event }) => event)).toEqual(names);
  await eventually(async () => (await platform.prisma.waitingEvent.count()) === 0, 'nothing waits');
  return found;
}

test('a payment has an event when it begins and one when it fails, and a refund one when it is accepted', async () => {
  const { platform } = on;
  platform.provider.standing = () => ({ state: 'done' });
  await platform.startWorker();
  const sale = await platform.openSale({ payTimeoutSeconds: 600 });
  const [orderId = ''] = await ordersOf(platform, sale, ['ann']);
  const start = () => platform.call(calls.startPayment, { orderId, userId: 'ann' });
  const first = await start();
  expect((await start()).paymentId).toBe(first.paymentId);
  await expectNotices(platform, sale, ['payment-begun']);
  const declined = { type: 'payment.failed', reason: 'no funds' } as const;
  await platform.reportPaid(orderId, first.paymentId, declined);
  await platform.reportPaid(orderId, first.paymentId, { ...declined, eventId: newId() });
  await expectNotices(platform, sale, ['payment-begun', 'payment-failed']);
  const second = await start();
  await platform.reportPaid(orderId, second.paymentId);
  await eventually(async () => (await platform.statusInRedis(orderId)) === 'PAID', 'PAID');
  const wish = { orderId, amountCents: 300, reason: 'Broken', returnUnits: false, requestId: newId() };
  await platform.call(calls.refundOrder, wish);
  await platform.call(calls.refundOrder, wish);
  const names = ['payment-begun', 'payment-failed', 'payment-begun', 'refund-accepted'];
  const [begun, failed, again, accepted] = await expectNotices(platform, sale, names);
  const payment = { paymentId: first.paymentId, provider: 'http' };
  const order = { orderId, saleId: sale.saleId, userId: 'ann', amountCents: 1_000, currency: 'EUR' };
  expect(begun).toMatchObject({ ...order, payment, version: 0 });
  expect(failed).toMatchObject({ ...order, payment, version: 0, reason: 'no funds' });
  expect(again).toMatchObject({ payment: { paymentId: second.paymentId } });
  expect(accepted).toMatchObject({
    ...order,
    version: 1,
    reason: 'operator',
    payment: { paymentId: second.paymentId },
    refund: { amountCents: 300, reason: 'operator', returnUnits: false },
  });
  // The refund that was accepted counts nowhere: the statistics subtract what went back, once.
  await platform.comesToRest();
  await platform.expectAuditHolds(sale);
});

test('money that no order keeps has an event when its refund is decided', async () => {
  const { platform } = on;
  platform.provider.standing = () => ({ state: 'done' });
  await platform.startWorker();
  const sale = await platform.openSale({ payTimeoutSeconds: 600 });
  const [orderId = ''] = await ordersOf(platform, sale, ['ann']);
  const { paymentId } = await platform.call(calls.startPayment, { orderId, userId: 'ann' });
  await platform.reportPaid(orderId, paymentId, { amountCents: 1 });
  const [, accepted] = await expectNotices(platform, sale, ['payment-begun', 'refund-accepted']);
  const refund = { refundId: paymentId, amountCents: 1, reason: 'wrong-amount' };
  expect(accepted).toMatchObject({ version: 0, reason: 'wrong-amount', payment: { paymentId }, refund });
  expect(accepted?.refund).toEqual(refund);
});

test('an event that a worker did not publish before it died is published by another, marked as a repeat', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ payTimeoutSeconds: 600 });
  const [orderId = ''] = await ordersOf(platform, sale, ['ann']);
  const dead = { prisma: platform.prisma, publisher: { publish: () => Promise.reject(new Error('dead')) } };
  await openPayments(dead as never, ['http'], [{ orderId, userId: 'ann' }]);
  await expectNotices(platform, sale, ['payment-begun']);
  const repeats: boolean[] = [];
  const start = { deliver_policy: 'by_start_sequence', opt_start_seq: 1 } as const;
  const subject = orderEvent.subject({ event: 'payment-begun', saleId: sale.saleId });
  for await (const { headers } of readToEnd(platform.nc, { stream: 'SECKILL_ORDERS', subject, start }))
    repeats.push(headers?.get('Seckill-Repeat') === '1');
  expect(repeats).toEqual([true]);
});

test('an event that no worker can publish raises an alert, and the audit names its order', async () => {
  const { platform } = on;
  const { context } = await platform.startWorker();
  const sale = await platform.openSale({ payTimeoutSeconds: 600 });
  const [orderId = ''] = await ordersOf(platform, sale, ['ann']);
  // Its payment is gone.
  const row = { refId: newId(), event: 'payment-begun', orderId, version: 0 };
  await platform.prisma.waitingEvent.create({ data: { ...row, happenedAt: new Date(Date.now() - 120_000) } });
  await eventually(() => isRaised(context, 'SeckillEventsWait'), 'the alert');
  const { checks, findings } = await platform.run('audit', { saleId: sale.saleId });
  expect(checks.filter(({ holds }) => !holds)).toMatchObject([{ detail: '1 wait' }]);
  expect(findings?.map(({ says }) => says)).toEqual([
    expect.stringMatching(`^The event payment-begun of order ${orderId} has waited since .* to be published.$`),
  ]);
  await platform.prisma.waitingEvent.deleteMany({ where: { orderId } });
  await eventually(async () => !(await isRaised(context, 'SeckillEventsWait')), 'the alert ends');
});

test('when 2,500 buyers pay at once, each payment has one event', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 2_500, payTimeoutSeconds: 600 });
  const buyers = users(2_500);
  const wins = await platform.win(sale, buyers);
  await eventually(async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === 2_500, 'all orders');
  await Promise.all(wins.map(({ reservationId: orderId, userId }) => platform.call(calls.startPayment, { orderId, userId })));
  await eventually(async () => (await platform.prisma.waitingEvent.count()) === 0, 'nothing waits');
  const begun = await noticesOf(platform, sale);
  expect(new Set(begun.map(({ payment }) => payment?.paymentId)).size).toBe(2_500);
  expect(begun.length).toBe(2_500);
});
