import { calls, newId, type PaymentReceived, paymentDeadline, paymentReceived, send } from 'seckill-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { closeDue } from '../../src/orders/closing/close-due.ts';
import { sweepUnpaid } from '../../src/orders/deadlines/sweep-unpaid.ts';
import { queryPayments } from '../../src/payments/query-payments.ts';
import { fallDue } from '../support/fall-due.ts';
import { eventually, type Platform, patientTransaction, usePlatform } from '../support/platform.ts';
import { RecordingProvider } from '../support/recording-provider.ts';
import { waitingForLocks } from '../support/waiting-for-locks.ts';

const on = usePlatform();
let platform: Platform;
let provider: RecordingProvider;

/** Long, so that no deadline passes while a test runs. */
const PAY_TIMEOUT_SECONDS = 600;

beforeEach(async () => {
  ({ platform } = on);
  ({ provider } = platform);
  provider.away = false;
  await platform.startWorker();
});

interface Sold {
  orderId: string;
  sale: Awaited<ReturnType<Platform['openSale']>>;
}

async function anOrder(): Promise<Sold> {
  const sale = await platform.openSale({ stock: 1, payTimeoutSeconds: PAY_TIMEOUT_SECONDS });
  const [win] = await platform.win(sale, ['buyer']);
  const orderId = win?.reservationId ?? '';
  await eventually(async () => (await platform.statusInRedis(orderId)) === 'ORDERED', 'the order');
  return { orderId, sale };
}

/** An order whose buyer has a checkout open. */
async function begun(): Promise<Sold & { paymentId: string }> {
  const sold = await anOrder();
  const { paymentId } = await start(sold.orderId);
  return { ...sold, paymentId };
}

const start = (orderId: string, wish: { provider?: string; channel?: 'qr' } = {}) =>
  platform.call(calls.startPayment, { userId: 'buyer', orderId, ...wish });

const cancel = (orderId: string) => platform.call(calls.cancelOrder, { userId: 'buyer', orderId });

/** Makes the order due and publishes its deadline. */
async function letTimeRunOut(orderId: string): Promise<void> {
  const dueAt = (await fallDue(platform.prisma, orderId)) ?? 0;
  await send(
    platform.publisher,
    paymentDeadline,
    { dueAt, payTimeoutSeconds: PAY_TIMEOUT_SECONDS, orderIds: [orderId] },
    newId(),
  );
}

const money = { amountCents: 1_000, currency: 'EUR' };

async function notify(payment: { orderId: string; paymentId: string }, change: Partial<PaymentReceived> = {}): Promise<void> {
  const { orderId, paymentId } = payment;
  const event = { eventId: newId(), type: 'payment.succeeded', paymentId, orderId, ...money, ...change } as const;
  await send(platform.publisher, paymentReceived, event);
}

const becomes = (orderId: string, status: string) =>
  eventually(
    async () => (await platform.order(orderId))?.status === status && (await platform.statusInRedis(orderId)) === status,
    status,
  );

const paymentOf = (paymentId: string) => platform.prisma.payment.findUnique({ where: { id: paymentId } });
const closingOf = (orderId: string) => platform.prisma.closingOrder.findUnique({ where: { orderId } });
const closesOf = (paymentId: string) => provider.closes.filter((request) => request.paymentId === paymentId).length;

describe('an order that is due and has an open checkout', () => {
  test('is PAID if the provider says that its buyer paid, although no notification has come', async () => {
    const { orderId, paymentId, sale } = await begun();
    // Asking for open payments would find it too.
    await platform.prisma.payment.update({ where: { id: paymentId }, data: { nextQueryAt: new Date(Date.now() + 3_600_000) } });
    provider.pay({ paymentId, ...money });
    await letTimeRunOut(orderId);
    await becomes(orderId, 'PAID');
    expect(await paymentOf(paymentId)).toMatchObject({ status: 'SUCCEEDED', paidAt: expect.any(Date), nextQueryAt: null });
    await eventually(async () => (await closingOf(orderId)) === null, 'nothing left to close');
    // The late notification of the same payment changes nothing.
    await notify({ orderId, paymentId });
    await platform.expectAuditHolds(sale);
    expect(provider.refunds.filter(({ payment }) => payment.paymentId === paymentId)).toEqual([]);
    expect(await platform.eventCounts(sale)).toEqual({ created: 1, paid: 1 });
  });

  test('is PAID if its notification waits in the stream, whatever a worker reads first', async () => {
    const sold = await Promise.all(Array.from({ length: 8 }, begun));
    await platform.stopWorkers();
    for (const { orderId, paymentId } of sold) {
      provider.pay({ paymentId, ...money });
      await letTimeRunOut(orderId);
      await notify({ orderId, paymentId });
    }
    await platform.startWorker();
    for (const { orderId } of sold) await becomes(orderId, 'PAID');
    await platform.comesToRest();
    for (const { sale } of sold) expect(await platform.eventCounts(sale)).toEqual({ created: 1, paid: 1 });
    expect(provider.refunds.filter(({ payment }) => sold.some(({ paymentId }) => paymentId === payment.paymentId))).toEqual([]);
  });

  test('is cancelled once the provider has closed it, and its units return', async () => {
    const { orderId, paymentId, sale } = await begun();
    await letTimeRunOut(orderId);
    await becomes(orderId, 'CANCELLED');
    expect(provider.closed).toContain(paymentId);
    expect(await paymentOf(paymentId)).toMatchObject({ status: 'CLOSED', closedAt: expect.any(Date) });
    await eventually(async () => (await closingOf(orderId)) === null, 'nothing left to close');
    expect(await platform.left(sale)).toBe(1);
    await platform.expectAuditHolds(sale);
  });

  test('is cancelled after a declined attempt too, which is closed as well', async () => {
    const { orderId, paymentId } = await begun();
    await notify({ orderId, paymentId }, { type: 'payment.failed' });
    await eventually(async () => (await paymentOf(paymentId))?.status === 'FAILED', 'the decline');
    await letTimeRunOut(orderId);
    await becomes(orderId, 'CANCELLED');
    expect(closesOf(paymentId)).toBe(1);
    expect(await paymentOf(paymentId)).toMatchObject({ status: 'FAILED', closedAt: expect.any(Date) });
  });

  test('waits while the provider is away: its units stay held, and the rest of the audit holds', async () => {
    const { orderId, paymentId, sale } = await begun();
    provider.away = true;
    await letTimeRunOut(orderId);
    await eventually(async () => ((await closingOf(orderId))?.tries ?? 0) >= 2, 'the provider asked twice');
    expect(await platform.order(orderId)).toMatchObject({ status: 'PENDING_PAYMENT' });
    expect(await platform.left(sale)).toBe(0);
    expect((await closingOf(orderId))?.lastError).toContain('The provider is away.');
    const { checks } = await platform.audit(sale);
    expect(checks.flatMap(({ holds, detail }) => (holds ? [] : [detail]))).toEqual([
      'http could not be compared: The provider is away',
    ]);
    // The sweep leaves it to the closing of checkouts.
    const [worker] = platform.workers;
    if (worker === undefined) throw new Error('There is a worker.');
    expect(await sweepUnpaid(worker.context, 0)).toBe(0);
    provider.pay({ paymentId, ...money });
    provider.away = false;
    await becomes(orderId, 'PAID');
  });

  test('is cancelled in spite of a provider that did not answer for a day, and money that came is refunded', async () => {
    const { orderId, paymentId } = await begun();
    await platform.stopWorkers();
    provider.away = true;
    const worker = await platform.startWorker();
    await letTimeRunOut(orderId);
    await eventually(async () => (await closingOf(orderId)) !== null, 'the order waits');
    await platform.prisma.$executeRaw`
      UPDATE closing_orders SET wanted_at = wanted_at - interval '25 hours', next_try_at = clock_timestamp() WHERE order_id = ${orderId}::uuid`;
    await closeDue(worker.context);
    await becomes(orderId, 'CANCELLED');
    provider.away = false;
    await notify({ orderId, paymentId });
    await becomes(orderId, 'REFUNDED');
  });

  test('waits if its provider is no longer configured', async () => {
    const { orderId } = await begun();
    await platform.stopWorkers();
    await platform.startWorker({ providers: [new RecordingProvider('other')] });
    await letTimeRunOut(orderId);
    await eventually(async () => (await closingOf(orderId))?.lastError?.includes('is not configured') === true, 'the reason');
    expect(await platform.order(orderId)).toMatchObject({ status: 'PENDING_PAYMENT' });
  });

  test('is left alone by a cancel that waited for the transaction that began the checkout', async () => {
    const { orderId } = await anOrder();
    let cancelling: Promise<unknown> = Promise.resolve();
    await platform.prisma.$transaction(async (tx) => {
      await tx.$executeRaw`UPDATE orders SET paying = true, pay_by = clock_timestamp() WHERE id = ${orderId}::uuid`;
      await tx.payment.create({ data: { id: newId(), orderId, amountCents: 1_000, currency: 'EUR' } });
      // The cancel reads the order as it was before, and waits for its row.
      cancelling = Promise.allSettled([platform.prisma.$queryRaw`SELECT cancel_orders(ARRAY[${orderId}::uuid], 'buyer')::text`]);
      await eventually(async () => (await waitingForLocks(platform.prisma, 'cancel_orders')) > 0, 'the cancel waits for the row');
    }, patientTransaction);
    expect(await cancelling).toMatchObject([{ status: 'fulfilled' }]);
    expect(await platform.order(orderId)).toMatchObject({ status: 'PENDING_PAYMENT' });
  });
});

test('an order without a checkout is cancelled at its deadline, and no provider is asked', async () => {
  const { orderId } = await anOrder();
  provider.away = true;
  await letTimeRunOut(orderId);
  await becomes(orderId, 'CANCELLED');
});

describe('a buyer who cancels with an open checkout', () => {
  test('gets the answer after the provider has closed it', async () => {
    const { orderId, paymentId, sale } = await begun();
    expect(await cancel(orderId)).toMatchObject({ status: 'CANCELLED', reason: 'buyer' });
    expect(provider.closed).toContain(paymentId);
    expect(await paymentOf(paymentId)).toMatchObject({ status: 'CLOSED' });
    expect(await cancel(orderId)).toMatchObject({ status: 'CANCELLED' });
    await platform.expectAuditHolds(sale);
  });

  test('hears that they have paid, and the order becomes PAID', async () => {
    const { orderId, paymentId } = await begun();
    provider.pay({ paymentId, ...money });
    await expect(cancel(orderId)).rejects.toMatchObject({ code: 'NOT_CANCELLABLE' });
    await becomes(orderId, 'PAID');
  });

  test('is asked to try again while the provider is away, and nothing changes', async () => {
    const { orderId, paymentId } = await begun();
    provider.away = true;
    await expect(cancel(orderId)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await platform.order(orderId)).toMatchObject({ status: 'PENDING_PAYMENT', version: 0 });
    expect(await paymentOf(paymentId)).toMatchObject({ status: 'CREATED', closedAt: null });
    expect(await closingOf(orderId)).toBeNull();
  });
});

describe('a payment whose notification was lost', () => {
  const dueForQuery = (paymentId: string) =>
    platform.prisma.payment.update({ where: { id: paymentId }, data: { nextQueryAt: new Date(0) } });

  test('is found by asking the provider', async () => {
    const { orderId, paymentId, sale } = await begun();
    provider.pay({ paymentId, ...money });
    await dueForQuery(paymentId);
    await becomes(orderId, 'PAID');
    await platform.expectAuditHolds(sale);
  });

  test('is asked for with growing gaps while it is open, and no more once it is closed', async () => {
    const { orderId, paymentId } = await begun();
    await platform.stopWorkers();
    const worker = await platform.startWorker();
    const gaps: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      await dueForQuery(paymentId);
      // This worker's schedule may be first.
      await queryPayments(worker.context);
      await eventually(async () => ((await paymentOf(paymentId))?.nextQueryAt?.getTime() ?? 0) > 0, 'the next query');
      gaps.push(((await paymentOf(paymentId))?.nextQueryAt?.getTime() ?? 0) - worker.context.clock.now());
    }
    for (const [i, gap] of gaps.entries()) if (i > 0) expect(gap).toBeGreaterThan(1.5 * (gaps[i - 1] ?? 0));
    provider.closed.add(paymentId);
    await dueForQuery(paymentId);
    await eventually(async () => (await paymentOf(paymentId))?.status === 'CLOSED', 'closed');
    // Once more, after the deadline.
    const { payBy } = (await platform.order(orderId)) ?? { payBy: new Date(0) };
    expect((await paymentOf(paymentId))?.nextQueryAt?.getTime()).toBeGreaterThan(payBy.getTime());
    await dueForQuery(paymentId);
    await eventually(async () => (await paymentOf(paymentId))?.nextQueryAt === null, 'asked for the last time');
  });

  test('and which was paid after it was closed is found by the last question, and the money goes back', async () => {
    const { orderId, paymentId } = await begun();
    await cancel(orderId);
    provider.paid.set(paymentId, { ...money, paidAt: Date.now() });
    await dueForQuery(paymentId);
    await becomes(orderId, 'REFUNDED');
  });
});

describe('several providers', () => {
  let other: RecordingProvider;

  beforeEach(async () => {
    await platform.stopWorkers();
    other = new RecordingProvider('other');
    await platform.startWorker({ providers: [provider, other] });
  });

  test('the buyer chooses one; another choice closes the open checkout first', async () => {
    const { orderId } = await anOrder();
    const first = await start(orderId);
    expect(first).toMatchObject({ provider: 'http' });
    const second = await start(orderId, { provider: 'other' });
    expect(second).toMatchObject({ provider: 'other' });
    expect(provider.closed).toContain(first.paymentId);
    expect(await start(orderId)).toMatchObject({ paymentId: second.paymentId, provider: 'other' });
    const byCode = await start(orderId, { channel: 'qr' });
    expect(byCode.paymentId).not.toBe(second.paymentId);
    expect(other.checkouts.at(-1)).toMatchObject({ paymentId: byCode.paymentId, channel: 'qr' });
  });

  test('a buyer who has paid with the first cannot pay again with the second', async () => {
    const { orderId } = await anOrder();
    const first = await start(orderId);
    provider.pay({ paymentId: first.paymentId, ...money });
    await expect(start(orderId, { provider: 'other' })).rejects.toMatchObject({ code: 'NOT_PAYABLE' });
    await becomes(orderId, 'PAID');
  });

  test('a sale may offer some of them, and its first is the usual one', async () => {
    const { orderId, sale } = await anOrder();
    await platform.prisma.sale.update({ where: { id: sale.saleId }, data: { paymentProviders: ['other'] } });
    await expect(start(orderId, { provider: 'http' })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(await start(orderId)).toMatchObject({ provider: 'other' });
  });

  test('one cannot report a payment of another', async () => {
    const { orderId, paymentId } = await begun();
    await notify({ orderId, paymentId }, { provider: 'other' });
    await eventually(
      async () =>
        (await platform.deadLetters()).some(({ reason }) => reason.includes(`Payment ${paymentId} was begun with http`)),
      'the dead letter',
    );
    expect(await platform.order(orderId)).toMatchObject({ status: 'PENDING_PAYMENT' });
  });
});
