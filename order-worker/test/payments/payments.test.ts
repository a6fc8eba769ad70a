import {
  calls,
  decodeOrderEvents,
  newId,
  type OrderEvent,
  orderEvent,
  type PaymentReceived,
  PublishUnacknowledged,
  paymentDeadline,
  paymentReceived,
  send,
} from 'seckill-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { isRaised } from '../support/alerts.ts';
import { fallDue } from '../support/fall-due.ts';
import { eventually, type Platform, patientTransaction, usePlatform } from '../support/platform.ts';

const on = usePlatform();
let platform: Platform;

/** Long, so that no deadline passes while a test runs. */
const PAY_TIMEOUT_SECONDS = 600;

beforeEach(async () => {
  ({ platform } = on);
  platform.provider.refunds.length = 0;
  platform.provider.away = false;
  await platform.startWorker();
});

async function anOrder(): Promise<{ orderId: string; sale: Awaited<ReturnType<Platform['openSale']>> }> {
  const sale = await platform.openSale({ stock: 1, payTimeoutSeconds: PAY_TIMEOUT_SECONDS });
  const [win] = await platform.win(sale, ['buyer']);
  const orderId = win?.reservationId ?? '';
  await eventually(async () => (await platform.statusInRedis(orderId)) === 'ORDERED', 'the order');
  return { orderId, sale };
}

/** Makes the order due and publishes its deadline. */
async function letTimeRunOut(orderId: string): Promise<void> {
  const dueAt = (await fallDue(platform.prisma, orderId)) ?? 0;
  const deadline = { dueAt, payTimeoutSeconds: PAY_TIMEOUT_SECONDS, orderIds: [orderId] };
  await send(platform.publisher, paymentDeadline, deadline, newId());
}

const start = (orderId: string, userId = 'buyer') => platform.call(calls.startPayment, { userId, orderId });

let events = 0;
async function pay(orderId: string, paymentId: string, change: Partial<PaymentReceived> = {}): Promise<PaymentReceived> {
  events += 1;
  const event: PaymentReceived = {
    eventId: `event-${events}`,
    type: 'payment.succeeded',
    paymentId,
    orderId,
    amountCents: 1_000,
    currency: 'EUR',
    ...change,
  };
  await send(platform.publisher, paymentReceived, event, `${event.eventId}:${Math.random()}`);
  return event;
}

const statusOf = async (paymentId: string) => (await platform.prisma.payment.findUnique({ where: { id: paymentId } }))?.status;

describe('starting a payment', () => {
  test('twice, also at the same moment, returns the same open payment', async () => {
    const { orderId } = await anOrder();
    const answers = await Promise.all([start(orderId), start(orderId), start(orderId)]);
    expect(new Set(answers.map((answer) => answer.paymentId)).size).toBe(1);
    expect(await platform.prisma.payment.count({ where: { orderId } })).toBe(1);
  });

  test("is refused for another user's order, a cancelled one, and one past its payBy", async () => {
    const { orderId } = await anOrder();
    await expect(start(orderId, 'thief')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await platform.call(calls.cancelOrder, { userId: 'buyer', orderId });
    await expect(start(orderId)).rejects.toMatchObject({ code: 'NOT_PAYABLE' });
    const late = await anOrder();
    await platform.prisma.order.update({ where: { id: late.orderId }, data: { payBy: new Date(Date.now() - 1_000) } });
    await expect(start(late.orderId)).rejects.toMatchObject({ code: 'NOT_PAYABLE' });
  });

  test('after a decline begins a new one', async () => {
    const { orderId } = await anOrder();
    const declined = await start(orderId);
    await pay(orderId, declined.paymentId, { type: 'payment.failed' });
    await eventually(async () => (await statusOf(declined.paymentId)) === 'FAILED', 'the decline');
    expect((await platform.order(orderId))?.status).toBe('PENDING_PAYMENT');
    const second = await start(orderId);
    expect(second.paymentId).not.toBe(declined.paymentId);
  });
});

describe('money', () => {
  test('in time makes the order PAID, everywhere', async () => {
    const { orderId, sale } = await anOrder();
    const { paymentId } = await start(orderId);
    await pay(orderId, paymentId);
    await eventually(async () => (await platform.statusInRedis(orderId)) === 'PAID', 'PAID in Redis');
    expect(await platform.order(orderId)).toMatchObject({ status: 'PAID', version: 1 });
    expect(await statusOf(paymentId)).toBe('SUCCEEDED');
    await expect(start(orderId)).rejects.toMatchObject({ code: 'NOT_PAYABLE' });
    await platform.expectAuditHolds(sale);
  });

  test('reported twice changes nothing the second time', async () => {
    const { orderId, sale } = await anOrder();
    const { paymentId } = await start(orderId);
    const event = await pay(orderId, paymentId);
    await eventually(async () => (await platform.statusInRedis(orderId)) === 'PAID', 'PAID in Redis');
    await pay(orderId, paymentId, { eventId: event.eventId });
    await pay(orderId, paymentId);
    const marker = await anOrder();
    const other = await start(marker.orderId);
    await pay(marker.orderId, other.paymentId);
    await eventually(async () => (await platform.statusInRedis(marker.orderId)) === 'PAID', 'what came after');
    expect(await platform.order(orderId)).toMatchObject({ status: 'PAID', version: 1 });
    expect(await platform.eventCounts(sale)).toMatchObject({ paid: 1 });
    expect(platform.provider.refunds).toEqual([]);
    await platform.expectAuditHolds(sale);
  });

  test('after the cancel is refunded, and the order is REFUNDED', async () => {
    const { orderId, sale } = await anOrder();
    const { paymentId } = await start(orderId);
    await letTimeRunOut(orderId);
    await eventually(async () => (await platform.statusInRedis(orderId)) === 'CANCELLED', 'the cancel');
    // As if it had happened a minute ago.
    const cancelledAt = new Date(Date.now() - 60_000);
    await platform.prisma.order.update({ where: { id: orderId }, data: { payBy: cancelledAt, settledAt: cancelledAt } });
    const events: OrderEvent[] = [];
    platform.listen(orderEvent.subject({ event: 'refunded', saleId: sale.saleId }), (data) =>
      events.push(...decodeOrderEvents(data).events),
    );
    await pay(orderId, paymentId);
    await eventually(() => platform.provider.refunds.length === 1, 'the refund');
    expect(platform.provider.refunds).toMatchObject([{ payment: { paymentId }, amountCents: 1_000, currency: 'EUR' }]);
    await eventually(async () => (await platform.statusInRedis(orderId)) === 'REFUNDED', 'REFUNDED in Redis');
    const order = await platform.order(orderId);
    expect(order).toMatchObject({ status: 'REFUNDED', settledAt: cancelledAt });
    expect(Number(order?.refundedAt) - cancelledAt.getTime()).toBeGreaterThan(50_000);
    expect(events).toMatchObject([{ event: 'refunded', at: order?.refundedAt?.getTime() }]);
    const times = { settledAt: cancelledAt.toISOString(), refundedAt: order?.refundedAt?.toISOString() };
    expect(await platform.call(calls.getOrder, { userId: 'buyer', orderId })).toMatchObject(times);
    expect(await platform.left(sale)).toBe(1);
    await platform.expectAuditHolds(sale);
  });

  test('for an order that is already paid, or with another amount, is refunded, and the order stays', async () => {
    const { orderId, sale } = await anOrder();
    const first = await start(orderId);
    // A payment was declined in one tab and another one started in a second tab; both succeeded in the end.
    await pay(orderId, first.paymentId, { type: 'payment.failed' });
    await eventually(async () => (await statusOf(first.paymentId)) === 'FAILED', 'the decline');
    const second = await start(orderId);
    await pay(orderId, second.paymentId, { amountCents: 999 });
    await eventually(() => platform.provider.refunds.length === 1, 'the refund of the wrong amount');
    expect((await platform.order(orderId))?.status).toBe('PENDING_PAYMENT');
    const third = await start(orderId);
    await pay(orderId, third.paymentId);
    await pay(orderId, first.paymentId);
    await eventually(() => platform.provider.refunds.length === 2, 'the refund of the second payment');
    expect(platform.provider.refunds.map((refund) => [refund.payment.paymentId, refund.amountCents])).toEqual([
      [second.paymentId, 999],
      [first.paymentId, 1_000],
    ]);
    expect((await platform.order(orderId))?.status).toBe('PAID');
    await platform.expectAuditHolds(sale);
  });

  test('of an event id that said something else before is not lost, and the operator sees the conflict', async () => {
    const { orderId, sale } = await anOrder();
    const { paymentId } = await start(orderId);
    const eventId = newId();
    const event = { eventId, paymentId, orderId, amountCents: 1_000, currency: 'EUR' };
    // As the webhook sends them, within the two minutes in which JetStream drops a repeated message.
    await send(platform.publisher, paymentReceived, { ...event, type: 'payment.failed' });
    await send(platform.publisher, paymentReceived, { ...event, type: 'payment.succeeded' });
    await send(platform.publisher, paymentReceived, { ...event, type: 'payment.succeeded' });
    await eventually(async () => (await platform.statusInRedis(orderId)) === 'PAID', 'PAID in Redis');
    const letters = async () => (await platform.deadLetters()).filter(({ reason }) => reason.includes(eventId));
    await eventually(async () => (await letters()).length === 1, 'a dead letter');
    expect(await letters()).toMatchObject([
      { consumer: 'payments', reason: expect.stringMatching(/says payment\.succeeded:.* before it said payment\.failed:/) },
    ]);
    const { context } = platform.workers[0] ?? {};
    await eventually(async () => context !== undefined && isRaised(context, 'SeckillPaymentDeadLetters'), 'the alarm');
    await platform.expectAuditHolds(sale);
  });

  test('for an unknown payment goes to the dead letters', async () => {
    const { orderId } = await anOrder();
    const unknown = '01890000-0000-7000-8000-000000000000';
    await pay(orderId, unknown);
    await eventually(
      async () => (await platform.deadLetters()).some((letter) => letter.reason.includes(unknown)),
      'a dead letter',
    );
    expect((await platform.order(orderId))?.status).toBe('PENDING_PAYMENT');
  });
});

test('counters and statistics count once what is published only at the second try, after the commit', async () => {
  // The worker also cancels what an earlier test has left unpaid.
  const overdue = () => platform.prisma.order.count({ where: { status: 'PENDING_PAYMENT', payBy: { lte: new Date() } } });
  await eventually(async () => (await overdue()) === 0, 'no order of an earlier test is overdue');
  await platform.stopWorkers();
  await platform.startWorker();
  const { publisher, metrics } = platform.workers[0]?.context ?? {};
  const sale = await platform.openSale({ stock: 3, payTimeoutSeconds: PAY_TIMEOUT_SECONDS });
  if (publisher === undefined || metrics === undefined) throw new Error('A worker runs.');
  const { saleId } = sale;
  const names = ['created', 'paid', 'cancelled', 'refunded'] as const;
  const failing = new Set(names.map((event) => orderEvent.subject({ event, saleId })));
  publisher.publish = (subject, ...rest) =>
    failing.delete(subject)
      ? Promise.reject(new PublishUnacknowledged(subject, 'JetStream is away'))
      : platform.publisher.publish(subject, ...rest);
  const wins = await platform.win(sale, ['pays', 'leaves', 'is late']);
  const [pays = '', leaves = '', late = ''] = wins.map(({ reservationId }) => reservationId);
  const reaches = (orderId: string, status: string) =>
    eventually(async () => (await platform.statusInRedis(orderId)) === status, `${orderId} is ${status}`);
  await Promise.all([pays, leaves, late].map((orderId) => reaches(orderId, 'ORDERED')));
  await pay(pays, (await start(pays, 'pays')).paymentId);
  await reaches(pays, 'PAID');
  const { paymentId } = await start(late, 'is late');
  await Promise.all([letTimeRunOut(leaves), letTimeRunOut(late)]);
  await Promise.all([reaches(leaves, 'CANCELLED'), reaches(late, 'CANCELLED')]);
  await pay(late, paymentId);
  await reaches(late, 'REFUNDED');
  await platform.comesToRest();

  expect(failing.size).toBe(0);
  expect((await metrics.ordersCreated.get()).values).toMatchObject([{ value: 3 }]);
  expect((await metrics.ordersPaid.get()).values).toMatchObject([{ value: 1 }]);
  expect((await metrics.ordersCancelled.get()).values).toMatchObject([{ labels: { reason: 'unpaid' }, value: 2 }]);
  expect((await metrics.refunds.get()).values).toMatchObject([{ labels: { reason: 'order-cancelled' }, value: 1 }]);
  const counted = await platform.prisma.saleStatistics.findUnique({ where: { saleId } });
  expect(counted).toMatchObject({ created: 3n, paid: 1n, cancelled: 2n, refunded: 1n });
  await platform.expectAuditHolds(sale);
});

test("workers delete what providers' events said 60 days ago, in portions, and keep newer ones", async () => {
  await platform.stopWorkers();
  const { prisma } = platform;
  await prisma.$executeRaw`
    INSERT INTO payment_events (event_id, content, received_at)
    SELECT 'old-' || n, 'said', now() - interval '61 days' FROM generate_series(1, 2500) n
    UNION ALL SELECT 'kept-' || n, 'said', now() - interval '59 days' FROM generate_series(1, 3) n`;
  const count = (prefix: string) => prisma.paymentEvent.count({ where: { eventId: { startsWith: prefix } } });
  await prisma.$transaction(async (tx) => {
    // An event that comes again at this moment holds its row, and delays no other.
    await tx.$executeRaw`UPDATE payment_events SET event_id = event_id WHERE event_id = 'old-7'`;
    await Promise.all([platform.startWorker(), platform.startWorker()]);
    await eventually(async () => (await count('old-')) === 1, 'all others deleted');
  }, patientTransaction);
  expect(await count('kept-')).toBe(3);
  await platform.stopWorkers();
  await platform.startWorker();
  await eventually(async () => (await count('old-')) === 0, 'the last one deleted');
});
