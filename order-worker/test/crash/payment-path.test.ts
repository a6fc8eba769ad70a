import type { StockReserved } from 'seckill-core';
import { expect } from 'vitest';
import { cancelOrders } from '../../src/index.ts';
import { markClosed } from '../../src/payments/close-payments.ts';
import { CANCELLED, ORDERED } from './books.ts';
import { describeCrashPath } from './crash-path.ts';
import { type Ground, useGround } from './ground.ts';

const grounds = [useGround(), useGround(), useGround(), useGround()];

const settled = ['postgres record-events', 'postgres reported-payments', 'postgres settle-payments'] as const;
/** Calls of the provider run beside the handling of the message. */
const sending = /^provider refund$|^postgres UPDATE refunds$/;

const paid = { ...ORDERED, order: 'PAID', reservation: 'PAID', events: { created: 1, paid: 1 } } as const;

type Paying = StockReserved & { paymentId: string };

describeCrashPath(grounds, {
  name: 'a payment in time',
  steps: [...settled, 'nats order.paid', 'redis advance', 'nats user', 'nats ack payments'],
  prepare: async (ground, count) => ground.pays(await ground.orders(count)),
  trigger: (ground, order) => ground.publishPayment(order),
  books: { ...paid, payments: ['SUCCEEDED'], refundsSent: 0, refundsUnsent: 0 },
});

/** Orders that were cancelled by their buyers after they had started to pay, and whose providers take money for closed checkouts. */
async function cancelledWhilePaying(ground: Ground, count: number): Promise<Paying[]> {
  const orders = await ground.pays(await ground.orders(count));
  await markClosed(
    ground.prisma,
    orders.map((order) => order.paymentId),
  );
  const ids = orders.map((order) => order.reservationId);
  await cancelOrders(ground.context, ids, 'buyer', { closed: true });
  return orders;
}

const refunded = {
  order: 'REFUNDED',
  reservation: 'REFUNDED',
  sold: 0,
  live: 0,
  heldByBuyers: 0,
  events: { created: 1, cancelled: 1, refunded: 1 },
  payments: ['REFUNDED'],
  refundsSent: 1,
  refundsUnsent: 0,
} as const;

/** The provider was called at least once; it refunds a payment once. */
async function isGivenBack({ provider }: Ground, { paymentId }: { paymentId: string }): Promise<void> {
  expect(
    provider.refunds.filter(({ payment }) => payment.paymentId === paymentId).map(({ amountCents }) => amountCents),
  ).toContain(1_000);
}

/** Steps that hand the order over to the closing of checkouts, and those that close its checkout. */
const handedOver = ['postgres cancel-orders', 'postgres INSERT closing_orders', 'nats ack deadlines-600'] as const;

describeCrashPath<Paying>(grounds, {
  name: 'an order that is due is cancelled once its checkout is closed',
  steps: [
    ...handedOver,
    'provider close',
    'postgres UPDATE payments',
    'postgres cancel-orders',
    'nats order.cancelled',
    'redis release',
    'nats broadcast.restocked',
    'nats user',
    'postgres DELETE closing_orders',
  ],
  prepare: async (ground, count) => ground.pays(await ground.orders(count)),
  trigger: (ground, order) => ground.letDeadlinePass(order.reservationId),
  books: { ...CANCELLED, payments: ['CLOSED'] },
});

describeCrashPath<Paying>(grounds, {
  name: 'an order that is due is paid, as its provider says when it is to close the checkout',
  steps: [
    ...handedOver,
    'provider close',
    'nats payment',
    ...settled,
    'nats order.paid',
    'redis advance',
    'nats user',
    'nats ack payments',
  ],
  prepare: async (ground, count) => {
    const orders = await ground.pays(await ground.orders(count));
    for (const { paymentId } of orders) ground.provider.pay({ paymentId, amountCents: 1_000, currency: 'EUR' });
    return orders;
  },
  trigger: (ground, order) => ground.letDeadlinePass(order.reservationId),
  books: { ...paid, payments: ['SUCCEEDED'], refundsSent: 0, refundsUnsent: 0 },
});

describeCrashPath<Paying>(grounds, {
  name: 'a payment that comes after the order was cancelled',
  except: sending,
  steps: [...settled, 'redis hmget', 'nats order.refunded', 'redis advance', 'nats user', 'nats ack payments'],
  prepare: cancelledWhilePaying,
  trigger: (ground, order) => ground.publishPayment(order),
  books: refunded,
  check: isGivenBack,
});

describeCrashPath<Paying>(grounds, {
  name: 'a refund is sent',
  about: sending,
  steps: ['provider refund', 'postgres UPDATE refunds'],
  prepare: async (ground, count) => {
    const orders = await cancelledWhilePaying(ground, count);
    const worker = await ground.startWorker();
    for (const order of orders) await ground.publishPayment(order);
    const mine = { paymentId: { in: orders.map((order) => order.paymentId) }, sentAt: { not: null } };
    await expect.poll(() => ground.prisma.refund.count({ where: mine }), { timeout: 30_000 }).toBe(count);
    await worker.stop();
    ground.provider.refunds.length = 0;
    return orders;
  },
  trigger: async (ground, { paymentId }) => {
    await ground.prisma.refund.update({ where: { paymentId }, data: { sentAt: null } });
    return undefined;
  },
  books: refunded,
  check: isGivenBack,
});

describeCrashPath<Paying>(grounds, {
  name: 'a declined payment succeeds after another one has paid',
  except: sending,
  steps: [...settled, 'nats ack payments'],
  prepare: async (ground, count) => {
    const declined = await ground.pays(await ground.orders(count));
    const worker = await ground.startWorker();
    await Promise.all(declined.map((order) => ground.publishPayment(order, 'payment.failed')));
    await ground.comesToRest();
    await Promise.all((await ground.pays(declined)).map((order) => ground.publishPayment(order)));
    await ground.comesToRest();
    await worker.stop();
    return declined;
  },
  trigger: (ground, order) => ground.publishPayment(order),
  books: { ...paid, payments: ['REFUNDED', 'SUCCEEDED'], refundsSent: 1, refundsUnsent: 0 },
  check: isGivenBack,
});
