import type { StockReserved } from 'seckill-core';
import { expect } from 'vitest';
import { eventually } from '../support/platform.ts';
import { ORDERED } from './books.ts';
import { describeCrashPath } from './crash-path.ts';
import { type Ground, useGround } from './ground.ts';

const grounds = [useGround(), useGround(), useGround(), useGround()];

type Paying = StockReserved & { paymentId: string };

/** The handling of the payment is another path, and other listeners and the refund's way to the provider go on beside this one. */
const besideSagas =
  /^(?!warehouse |nats (rpc|answer)|postgres (commit )?(insert-sagas|award-points|mark-taken-back|take-from-accounts|issue-coupons|revoke-coupons|store-outcomes|INSERT refunds)$)/;

async function payingBuyers(ground: Ground, count: number): Promise<Paying[]> {
  ground.sagas = { pointsPerUnit: 1, couponTemplate: 'thanks', returnsUnits: true, pace: { everyMs: 50 } };
  const orders = await ground.pays(await ground.orders(count));
  const worker = await ground.startWorker();
  const begun = () => ground.prisma.listenerPosition.findUnique({ where: { listener: 'sagas' } });
  await eventually(async () => (await begun()) !== null, 'the sagas have begun to listen');
  await worker.stop();
  return orders;
}

/** The lease of the worker that died ends. */
const leaseEnds = ({ prisma }: Ground, { reservationId: orderId }: Paying) =>
  prisma.saga.updateMany({ where: { orderId, step: { not: null } }, data: { nextTryAt: new Date(0) } });

/** What the saga's services and the warehouse have of an order, and how its saga ended. */
async function expectEnd(ground: Ground, { reservationId: orderId, userId }: Paying, end: object): Promise<void> {
  const { prisma, warehouse } = ground;
  const standing = async () => {
    const [saga, coupon, points] = await Promise.all([
      prisma.saga.findFirst({ where: { orderId } }),
      prisma.coupon.findMany({ where: { key: `${orderId}:coupon` } }),
      prisma.pointsEntry.findMany({ where: { key: `${orderId}:points` } }),
    ]);
    return {
      saga: saga?.state,
      coupons: coupon.map(({ state }) => state),
      points: points.map(({ points, takenBackAt }) => (takenBackAt === null ? Number(points) : 0)),
      shipment: warehouse.stateOf(orderId),
    };
  };
  await expect.poll(standing, { timeout: 30_000 }).toEqual(end);
  // The balance is the sum of the entries, whatever died.
  const entries = await prisma.pointsEntry.findMany({ where: { userId, takenBackAt: null } });
  const account = await prisma.pointsAccount.findUnique({ where: { userId } });
  expect(Number(account?.balance ?? 0)).toBe(entries.reduce((sum, { points }) => sum + Number(points), 0));
}

const call = (name: string, statements: readonly string[]) => [
  `nats rpc.${name}`,
  ...statements.map((each) => `postgres ${each}`),
  'nats answer',
];
const begin = ['postgres insert-sagas', 'postgres commit insert-sagas'];

describeCrashPath<Paying>(grounds, {
  name: 'a paid order gets points, a coupon and a shipment',
  except: besideSagas,
  steps: [
    ...begin,
    ...call('award-points', ['award-points']),
    ...call('issue-coupons', ['issue-coupons']),
    'warehouse request',
    'postgres store-outcomes',
  ],
  prepare: async (ground, count) => {
    ground.warehouse.decide = () => ({ state: 'accepted' });
    return payingBuyers(ground, count);
  },
  trigger: async (ground, order) => {
    await ground.publishPayment(order);
    return undefined;
  },
  again: leaseEnds,
  books: {
    ...ORDERED,
    order: 'PAID',
    reservation: 'PAID',
    events: { created: 1, paid: 1 },
    payments: ['SUCCEEDED'],
    refunds: [],
  },
  check: (ground, order) =>
    expectEnd(ground, order, { saga: 'COMPLETED', coupons: ['ISSUED'], points: [10], shipment: 'accepted' }),
});

/** What follows the refund's decision is tried for refunds. */
const besideWayBack = new RegExp(`${besideSagas.source}|store-outcomes$`);

describeCrashPath<Paying>(grounds, {
  name: 'the warehouse refuses a paid order, and all goes back',
  except: besideWayBack,
  steps: [
    ...begin,
    ...call('award-points', ['award-points']),
    ...call('issue-coupons', ['issue-coupons']),
    'warehouse request',
    ...call('revoke-coupons', ['revoke-coupons']),
    // Its answer names no order, and neither does the statement that follows: it is about accounts.
    'nats rpc.take-back-points',
    'postgres mark-taken-back',
    'postgres INSERT refunds',
    'postgres commit INSERT refunds',
  ],
  // What comes before is tried for an order that is shipped.
  deaths: [
    'before warehouse request',
    'after warehouse request',
    'before nats rpc.revoke-coupons',
    'after postgres revoke-coupons',
    'before nats rpc.take-back-points',
    'after postgres mark-taken-back',
    'before postgres INSERT refunds',
    'after postgres INSERT refunds',
    'after postgres commit INSERT refunds',
  ],
  prepare: async (ground, count) => {
    ground.warehouse.decide = () => ({ state: 'refused', reason: 'The shelf is empty.' });
    return payingBuyers(ground, count);
  },
  trigger: async (ground, order) => {
    await ground.publishPayment(order);
    return undefined;
  },
  again: leaseEnds,
  books: {
    order: 'REFUNDED',
    reservation: 'REFUNDED',
    sold: 0,
    live: 0,
    events: { created: 1, paid: 1, refunded: 1 },
    payments: ['REFUNDED'],
    refunds: ['DONE'],
  },
  check: (ground, order) =>
    expectEnd(ground, order, { saga: 'COMPENSATED', coupons: ['REVOKED'], points: [0], shipment: 'refused' }),
});
