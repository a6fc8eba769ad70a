import type { StockReserved } from 'seckill-core';
import { expect } from 'vitest';
import { cancelOrders } from '../../src/index.ts';
import { markClosed } from '../../src/payments/close-payments.ts';
import { CANCELLED, ORDERED } from './books.ts';
import { describeCrashPath } from './crash-path.ts';
import { type Ground, useGround } from './ground.ts';

const grounds = [useGround(), useGround(), useGround(), useGround()];

const settled = ['postgres record-events', 'postgres reported-payments', 'postgres settle-payments'] as const;
/** The other steps of a path that decides on a refund are those of a payment in time. */
const decision = ['before postgres settle-payments', 'after postgres settle-payments'] as const;
/** A refund that was decided is announced. */
const accepted = ['postgres waiting-events', 'nats order.refund-accepted', 'postgres DELETE waiting_events'] as const;
/** The calls of providers run beside the handling of the message. */
const beside = /^provider |^postgres (claim-refunds|UPDATE refunds)$/;
/** So the path ends before the refund does. */
const pending = () => ({ state: 'pending' }) as const;

const paid = { ...ORDERED, order: 'PAID', reservation: 'PAID', events: { created: 1, paid: 1 } } as const;

type Paying = StockReserved & { paymentId: string };

describeCrashPath(grounds, {
  name: 'a payment in time',
  steps: [...settled, 'nats order.paid', 'redis advance', 'nats user', 'nats ack payments'],
  prepare: async (ground, count) => ground.pays(await ground.orders(count)),
  trigger: (ground, order) => ground.publishPayment(order),
  books: { ...paid, payments: ['SUCCEEDED'], refunds: [] },
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

const cancelled = { order: 'CANCELLED', reservation: 'CANCELLED', sold: 0, live: 0, heldByBuyers: 0 } as const;
const refunded = {
  ...cancelled,
  order: 'REFUNDED',
  reservation: 'REFUNDED',
  events: { created: 1, cancelled: 1, refunded: 1 },
  payments: ['REFUNDED'],
  refunds: ['DONE'],
} as const;

/** The provider was called at least once; it refunds a payment once, under the id of the refund. */
async function isSent({ provider }: Ground, { paymentId }: { paymentId: string }): Promise<void> {
  const sent = provider.refunds.filter(({ payment }) => payment.paymentId === paymentId);
  expect(new Set(sent.map(({ refundId, amountCents }) => `${refundId} ${amountCents}`))).toEqual(new Set([`${paymentId} 1000`]));
}

/** Its message is acknowledged beside the closing that it began, so that is no step. */
async function deadlinePasses(ground: Ground, { reservationId }: Paying): Promise<undefined> {
  await ground.letDeadlinePass(reservationId);
}

/** The lease of the worker that died ends. */
const leaseEnds = ({ prisma }: Ground, { reservationId: orderId }: Paying) =>
  prisma.closingOrder.updateMany({ where: { orderId }, data: { nextTryAt: new Date(0) } });

/** The bookkeeping of the closing goes on beside the handling of the payment. */
const bookkeeping = /closing_orders$|^postgres cancel-orders$/;

describeCrashPath<Paying>(grounds, {
  name: 'an order that is due is cancelled once its checkout is closed',
  steps: [
    'postgres cancel-orders',
    'postgres INSERT closing_orders',
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
  trigger: deadlinePasses,
  again: leaseEnds,
  books: { ...CANCELLED, payments: ['CLOSED'] },
});

describeCrashPath<Paying>(grounds, {
  name: 'an order that is due is paid, as its provider says when it is to close the checkout',
  except: bookkeeping,
  steps: ['provider close', 'nats payment', ...settled, 'nats order.paid', 'redis advance', 'nats user'],
  // What follows is tried for a payment in time.
  deaths: ['before provider close', 'after provider close', 'before nats payment', 'after nats payment'],
  prepare: async (ground, count) => {
    const orders = await ground.pays(await ground.orders(count));
    for (const { paymentId } of orders) ground.provider.pay({ paymentId, amountCents: 1_000, currency: 'EUR' });
    return orders;
  },
  trigger: deadlinePasses,
  again: leaseEnds,
  books: { ...paid, payments: ['SUCCEEDED'], refunds: [] },
});

describeCrashPath<Paying>(grounds, {
  name: 'a payment that comes after the order was cancelled',
  except: beside,
  steps: [...settled, ...accepted, 'nats ack payments'],
  deaths: decision,
  prepare: async (ground, count) => {
    ground.provider.standing = pending;
    return cancelledWhilePaying(ground, count);
  },
  trigger: (ground, order) => ground.publishPayment(order),
  books: {
    ...cancelled,
    events: { created: 1, cancelled: 1 },
    notices: { 'refund-accepted': 1 },
    payments: ['REFUNDED'],
    refunds: ['PENDING'],
  },
  check: isSent,
});

describeCrashPath<Paying>(grounds, {
  name: 'the refund of a payment that comes too late is announced',
  except: beside,
  steps: [...settled, ...accepted, 'nats ack payments'],
  deaths: ['before nats order.refund-accepted', 'after nats order.refund-accepted', 'before postgres DELETE waiting_events'],
  prepare: async (ground, count) => {
    ground.provider.standing = pending;
    return cancelledWhilePaying(ground, count);
  },
  trigger: (ground, order) => ground.publishPayment(order),
  // The worker that dies may just have begun to send it.
  books: { ...cancelled, events: { created: 1, cancelled: 1 }, notices: { 'refund-accepted': 1 }, payments: ['REFUNDED'] },
});

/** Their late money is to go back, and no worker tries to send it yet. */
async function decided(ground: Ground, count: number): Promise<Paying[]> {
  const { prisma, provider } = ground;
  const orders = await cancelledWhilePaying(ground, count);
  provider.standing = pending;
  const worker = await ground.startWorker();
  for (const order of orders) await ground.publishPayment(order);
  const mine = { id: { in: orders.map(({ paymentId }) => paymentId) } };
  const sent = () => prisma.refund.count({ where: { ...mine, state: 'PENDING' } });
  await expect.poll(sent, { timeout: 30_000 }).toBe(count);
  await worker.stop();
  // Those of earlier paths too: this one counts every refund that is sent.
  await prisma.refund.updateMany({ where: { state: 'PENDING' }, data: { nextTryAt: new Date('2100-01-01') } });
  await prisma.refund.updateMany({ where: mine, data: { state: 'DECIDED', sentAt: null } });
  provider.refunds.length = 0;
  provider.standing = () => ({ state: 'done' });
  return orders;
}

const fallDue = ({ prisma }: Ground, { paymentId }: Paying) =>
  prisma.refund.updateMany({ where: { id: paymentId, state: { not: 'DONE' } }, data: { nextTryAt: new Date(0) } });

describeCrashPath<Paying>(grounds, {
  name: 'a refund is sent',
  about: /^provider refund$|^nats payment$/,
  steps: ['provider refund', 'nats payment'],
  prepare: decided,
  trigger: async (ground, order) => {
    await fallDue(ground, order);
    return undefined;
  },
  // The lease of the worker that died ends.
  again: fallDue,
  books: refunded,
  check: isSent,
});

describeCrashPath<Paying>(grounds, {
  name: 'the provider has done a refund',
  except: beside,
  steps: [
    'postgres record-events',
    'postgres settle-refunds',
    'redis hmget',
    'nats order.refunded',
    'redis release',
    'nats user',
    'nats ack payments',
  ],
  prepare: decided,
  trigger: (ground, order) => ground.publishPayment(order, 'refund.done'),
  books: refunded,
});

describeCrashPath<Paying>(grounds, {
  name: 'a declined payment succeeds after another one has paid',
  except: beside,
  steps: [...settled, ...accepted, 'nats ack payments'],
  deaths: decision,
  prepare: async (ground, count) => {
    ground.provider.standing = pending;
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
  books: { ...paid, payments: ['REFUNDED', 'SUCCEEDED'], refunds: ['PENDING'] },
  check: isSent,
});
