import { callRpc, calls, type StockReserved } from 'seckill-core';
import { ORDERED } from './books.ts';
import { describeCrashPath } from './crash-path.ts';
import { type Ground, useGround } from './ground.ts';

const grounds = [useGround(), useGround(), useGround(), useGround()];

const cancelled = {
  ...ORDERED,
  order: 'CANCELLED',
  reservation: 'CANCELLED',
  sold: 0,
  live: 0,
  heldByBuyers: 0,
  events: { created: 1, cancelled: 1 },
} as const;

const afterTheCommit = ['nats order.cancelled', 'redis release', 'nats broadcast.restocked', 'nats user'] as const;

describeCrashPath(grounds, {
  name: 'an unpaid order is cancelled',
  steps: ['postgres cancel-orders', ...afterTheCommit, 'nats ack deadlines-600'],
  prepare: (ground, count) => ground.orders(count),
  trigger: (ground, order) => ground.letDeadlinePass(order.reservationId),
  books: cancelled,
});

const cancel = (ground: Ground, { reservationId: orderId, userId }: StockReserved) =>
  callRpc(ground.nc, calls.cancelOrder, { orderId, userId }, { timeoutMs: 20_000 });

const buyersCancel = [
  'postgres SELECT orders',
  'nats deadline',
  'postgres cancel-orders',
  ...afterTheCommit,
  'postgres SELECT orders',
  'postgres SELECT items',
  'nats answer',
] as const;

describeCrashPath<StockReserved>(grounds, {
  name: 'a buyer cancels, and repeats the request when no answer comes',
  steps: buyersCancel,
  // Keeps the message of remember-to-finish.ts for another worker.
  clockStands: true,
  prepare: (ground, count) => ground.orders(count),
  trigger: async (ground, order) => {
    cancel(ground, order).catch(() => undefined);
    return undefined;
  },
  again: cancel,
  books: cancelled,
});

describeCrashPath<StockReserved>(grounds, {
  name: 'a buyer cancels, and does not come back when no answer comes',
  steps: buyersCancel,
  // Keeps the message of remember-to-finish.ts for another worker.
  clockStands: true,
  deaths: ['before postgres cancel-orders', 'after postgres cancel-orders', 'before redis release', 'after redis release'],
  prepare: (ground, count) => ground.orders(count),
  trigger: async (ground, order) => {
    cancel(ground, order).catch(() => undefined);
    return undefined;
  },
  books: (done) => (done.includes('postgres cancel-orders') ? cancelled : ORDERED),
});
