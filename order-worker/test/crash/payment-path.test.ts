import type { StockReserved } from 'seckill-core';
import { expect } from 'vitest';
import { cancelOrders } from '../../src/index.ts';
import { ORDERED } from './books.ts';
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

/** Orders that were cancelled by their buyers after they had started to pay. */
async function cancelledWhilePaying(ground: Ground, count: number): Promise<Paying[]> {
  const orders = await ground.pays(await ground.orders(count));
  await cancelOrders(
    ground.context,
    orders.map((order) => order.reservationId),
    'buyer',
  );
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
