import { calls, newId, type OrderEvent, type PaymentReceived, paymentReceived, send } from 'seckill-core';
import { beforeEach, expect, test } from 'vitest';
import type { RefundStanding } from '../../src/index.ts';
import { measureRefunds } from '../../src/payments/refunds/measure-refunds.ts';
import { isRaised } from '../support/alerts.ts';
import { eventually, type Platform, usePlatform } from '../support/platform.ts';
import { RecordingProvider } from '../support/recording-provider.ts';
import { readStoredEvents } from '../support/stored-events.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(async () => {
  ({ platform } = on);
  const { provider } = platform;
  provider.refunds.length = 0;
  provider.away = false;
  provider.payer = undefined;
  provider.standing = () => ({ state: 'done' });
  await platform.startWorker();
});

interface Bought {
  sale: Awaited<ReturnType<Platform['openSale']>>;
  orderId: string;
  paymentId: string;
}

/** An order whose buyer has begun to pay. */
async function beginToPay(provider = 'http'): Promise<Bought> {
  const sale = await platform.openSale({ stock: 1, payTimeoutSeconds: 600 });
  const [win] = await platform.win(sale, ['buyer']);
  const orderId = win?.reservationId ?? '';
  await inRedis(orderId, 'ORDERED');
  const { paymentId } = await platform.call(calls.startPayment, { userId: 'buyer', orderId, provider });
  return { sale, orderId, paymentId };
}

/** The money came after the buyer had cancelled: it has to go back. */
async function payLate(provider = 'http'): Promise<Bought> {
  const bought = await beginToPay(provider);
  await platform.call(calls.cancelOrder, { userId: 'buyer', orderId: bought.orderId });
  await platform.reportPaid(bought.orderId, bought.paymentId, { provider });
  return bought;
}

const inRedis = (orderId: string, status: string) =>
  eventually(async () => (await platform.statusInRedis(orderId)) === status, `${orderId} is ${status}`);
const refundOf = (id: string) => platform.prisma.refund.findUnique({ where: { id } });
const reaches = (id: string, state: string) =>
  eventually(async () => (await refundOf(id))?.state === state, `refund ${id} is ${state}`);
const viewOf = (orderId: string) => platform.call(calls.getOrder, { userId: 'buyer', orderId });
const tries = (id: string) => platform.provider.refunds.filter(({ refundId }) => refundId === id).length;
const soon = (id: string) => platform.prisma.refund.update({ where: { id }, data: { nextTryAt: new Date(0) } });

/** The provider reports the end of a refund. */
async function report({ orderId, paymentId }: Bought, refundId: string, change: Partial<PaymentReceived>): Promise<void> {
  const money = { amountCents: 1_000, currency: 'EUR' };
  const event = { eventId: newId(), type: 'refund.done', paymentId, orderId, refundId, ...money } as const;
  await send(platform.publisher, paymentReceived, { ...event, ...change });
}

test('an order is REFUNDED only once the provider has given the money back; until then its buyer sees that it is under way', async () => {
  platform.provider.standing = () => ({ state: 'pending' });
  const { sale, orderId, paymentId } = await payLate();
  await reaches(paymentId, 'PENDING');
  expect(await viewOf(orderId)).toMatchObject({
    status: 'CANCELLED',
    refunds: [{ state: 'UNDER_WAY', amountCents: 1_000, currency: 'EUR', reason: 'order-cancelled' }],
  });
  expect(await platform.eventCounts(sale)).toEqual({ created: 1, cancelled: 1 });
  await platform.expectAuditHolds(sale);

  platform.provider.standing = () => ({ state: 'done' });
  await soon(paymentId);
  await inRedis(orderId, 'REFUNDED');
  const { doneAt } = (await refundOf(paymentId)) ?? {};
  expect(await viewOf(orderId)).toMatchObject({
    status: 'REFUNDED',
    refundedAt: doneAt?.toISOString(),
    refunds: [{ state: 'DONE', at: doneAt?.toISOString() }],
  });
  expect(tries(paymentId)).toBe(1);
  await platform.expectAuditHolds(sale);
});

test('the end of a refund takes effect once, however often and by whatever way the provider says it', async () => {
  platform.provider.standing = () => ({ state: 'pending' });
  const bought = await payLate();
  const { sale, orderId, paymentId } = bought;
  await reaches(paymentId, 'PENDING');
  await report(bought, paymentId, {});
  await report(bought, paymentId, {});
  platform.provider.standing = () => ({ state: 'done' });
  await inRedis(orderId, 'REFUNDED');
  await report(bought, paymentId, { provider: 'http' });
  await platform.comesToRest();
  expect(await platform.eventCounts(sale)).toEqual({ created: 1, cancelled: 1, refunded: 1 });
  expect(await platform.order(orderId)).toMatchObject({ status: 'REFUNDED', version: 2 });
  await platform.expectAuditHolds(sale);
});

test('a refund that the provider refuses ends there: the operator sees why, the buyer too, and no other one waits', async () => {
  const refusing = new Set<string>();
  platform.provider.standing = ({ payment }): RefundStanding =>
    refusing.has(payment.paymentId) ? { state: 'refused', reason: 'The card was closed.' } : { state: 'done' };
  const begun = [];
  for (let i = 0; i < 3; i += 1) begun.push(await beginToPay());
  for (const { orderId } of begun) await platform.call(calls.cancelOrder, { userId: 'buyer', orderId });
  const [first, second, third] = begun as [Bought, Bought, Bought];
  refusing.add(first.paymentId).add(second.paymentId);
  for (const { orderId, paymentId } of begun) await platform.reportPaid(orderId, paymentId);
  await inRedis(third.orderId, 'REFUNDED');
  for (const { orderId, paymentId, sale } of [first, second]) {
    await reaches(paymentId, 'REFUSED');
    expect(await refundOf(paymentId)).toMatchObject({ refusedReason: 'The card was closed.' });
    expect(await viewOf(orderId)).toMatchObject({ status: 'CANCELLED', refunds: [{ state: 'REFUSED' }] });
    await soon(paymentId);
    await platform.expectAuditHolds(sale);
    const report = await platform.audit(sale);
    expect(report.checks.find(({ name }) => name.startsWith('Every payment received'))?.detail).toBe(
      '1 received: 0 orders paid, 0 refunded; 1 refunds refused by the provider',
    );
  }
  expect([tries(first.paymentId), tries(second.paymentId)]).toEqual([1, 1]);
  const [event] = await eventsOf(first, 'refund-refused');
  expect(event).toMatchObject({
    reason: 'The card was closed.',
    version: 2,
    refund: { refundId: first.paymentId, amountCents: 1_000, reason: 'order-cancelled' },
  });
  expect(await platform.workers[0]?.context.metrics.refundsSettled.get()).toMatchObject({
    values: expect.arrayContaining([
      { labels: { state: 'REFUSED' }, value: 2 },
      { labels: { state: 'DONE' }, value: 1 },
    ]),
  });

  // A person at the provider saw to it after all.
  await report(first, first.paymentId, {});
  await inRedis(first.orderId, 'REFUNDED');
  await platform.expectAuditHolds(first.sale);
});

async function eventsOf({ sale }: Bought, name: string): Promise<OrderEvent[]> {
  await platform.comesToRest();
  return (await readStoredEvents(platform.nc, sale.saleId)).filter(({ event }) => event === name);
}

test('a refund that the provider could not be asked for is sent when it is back, with pauses that grow, and under the same id', async () => {
  const { orderId, paymentId } = await beginToPay();
  await platform.call(calls.cancelOrder, { userId: 'buyer', orderId });
  platform.provider.away = true;
  await platform.reportPaid(orderId, paymentId);
  await eventually(async () => ((await refundOf(paymentId))?.attempts ?? 0) >= 2, 'two tries');
  expect(await refundOf(paymentId)).toMatchObject({ state: 'SENT', doneAt: null });
  expect((await platform.order(orderId))?.status).toBe('CANCELLED');
  await platform.prisma.refund.update({ where: { id: paymentId }, data: { attempts: 12 } });
  await soon(paymentId);
  await eventually(async () => ((await refundOf(paymentId))?.attempts ?? 0) === 13, 'another try');
  await eventually(async () => Number((await refundOf(paymentId))?.nextTryAt) > Date.now() + 4 * 60_000, 'a long pause');
  platform.provider.away = false;
  await soon(paymentId);
  await inRedis(orderId, 'REFUNDED');
  expect(platform.provider.refunds).toMatchObject([{ refundId: paymentId, payment: { paymentId }, paidCents: 1_000 }]);
});

test('what a provider says of an unknown refund, of one sent to another provider, or against what it said before, is kept for the operator', async () => {
  const bought = await payLate();
  const { sale, orderId, paymentId } = bought;
  await inRedis(orderId, 'REFUNDED');
  const unknown = newId();
  await report(bought, unknown, {});
  await report(bought, paymentId, { provider: 'stripe', type: 'refund.refused' });
  await report(bought, paymentId, { type: 'refund.refused' });
  const reasons = async () => (await platform.deadLetters()).map(({ reason }) => reason);
  await eventually(async () => (await reasons()).length === 3, 'three dead letters');
  expect((await reasons()).toSorted()).toEqual([
    expect.stringContaining(`is about refund ${unknown}, which this platform did not begin`),
    `Refund ${paymentId} was sent to http, and stripe reports it.`,
    expect.stringContaining(`The provider had done refund ${paymentId}, and says now that it failed.`),
  ]);
  expect(await refundOf(paymentId)).toMatchObject({ state: 'DONE' });
  await platform.expectAuditHolds(sale);
});

test('a provider that hangs with many refunds delays none of another provider', async () => {
  await platform.stopWorkers();
  const { provider, prisma } = platform;
  const other = new RecordingProvider('other');
  await platform.startWorker({ providers: [provider, other] });
  let answer = () => {};
  const { orderId, paymentId } = await payLate();
  await reaches(paymentId, 'DONE');
  provider.slow = new Promise((resolve) => {
    answer = resolve;
  });
  // More than are sent at once.
  const waiting = Array.from({ length: 20 }, () => newId());
  const common = { paymentId, orderId, amountCents: 1, currency: 'EUR', reason: 'operator', requestedBy: 'operator' };
  await prisma.refund.createMany({ data: waiting.map((id) => ({ id, ...common })) });
  await eventually(() => provider.refunds.length === 1 + 16, 'as many as possible are sent');
  const late = await payLate('other');
  await reaches(late.paymentId, 'DONE');
  expect(provider.refunds).toHaveLength(1 + 16);
  provider.slow = undefined;
  answer();
  for (const id of waiting) await reaches(id, 'DONE');
});

test('money that does not fit goes back, its buyer reads why, and the order can still be paid', async () => {
  platform.provider.payer = 'openid-buyer';
  const bought = await beginToPay();
  const { sale, orderId } = bought;
  const wrong: [Partial<PaymentReceived>, string][] = [
    [{ amountCents: 999 }, 'wrong-amount'],
    [{ currency: 'USD' }, 'wrong-amount'],
    [{ payer: 'openid-stranger' }, 'wrong-payer'],
  ];
  let { paymentId } = bought;
  for (const [change, reason] of wrong) {
    await platform.reportPaid(orderId, paymentId, { payer: 'openid-buyer', ...change });
    await reaches(paymentId, 'DONE');
    const { status, refunds = [] } = await viewOf(orderId);
    expect(status).toBe('PENDING_PAYMENT');
    const { payer: _, ...money } = { amountCents: 1_000, currency: 'EUR', ...change };
    expect(refunds.at(-1)).toMatchObject({ state: 'DONE', reason, ...money });
    expect(platform.provider.refunds.at(-1)).toMatchObject({ payment: { paymentId }, ...money });
    ({ paymentId } = await platform.call(calls.startPayment, { userId: 'buyer', orderId }));
  }
  await platform.reportPaid(orderId, paymentId, { payer: 'openid-buyer' });
  await inRedis(orderId, 'PAID');
  await platform.expectAuditHolds(sale);
});

test('a refund that waits for too long raises an alert, and so does one that was refused', async () => {
  const { context } = platform.workers[0] ?? {};
  if (context === undefined) throw new Error('There is a worker.');
  const raised = async () => {
    await measureRefunds(context);
    return [await isRaised(context, 'SeckillRefundUnsent'), await isRaised(context, 'SeckillRefundRefused')];
  };
  await platform.prisma.refund.updateMany({ where: { state: 'REFUSED' }, data: { retriedBy: newId() } });
  const { orderId, paymentId } = await beginToPay();
  await platform.call(calls.cancelOrder, { userId: 'buyer', orderId });
  platform.provider.away = true;
  await platform.reportPaid(orderId, paymentId);
  await reaches(paymentId, 'SENT');
  expect(await raised()).toEqual([false, false]);
  await platform.prisma.refund.update({ where: { id: paymentId }, data: { createdAt: new Date(Date.now() - 11 * 60_000) } });
  expect(await raised()).toEqual([true, false]);
  platform.provider.away = false;
  platform.provider.standing = () => ({ state: 'refused', reason: 'The card was closed.' });
  await soon(paymentId);
  await reaches(paymentId, 'REFUSED');
  expect(await raised()).toEqual([false, true]);
  await platform.call(calls.settleRefund, { orderId, refundId: paymentId, note: 'By bank transfer.' });
  expect(await raised()).toEqual([false, false]);
});
