import { callRpc, calls, type StockReserved } from 'seckill-core';
import { CANCELLED, ORDERED } from './books.ts';
import { describeCrashPath } from './crash-path.ts';
import { type Ground, useGround } from './ground.ts';

const grounds = [useGround(), useGround(), useGround(), useGround()];

const afterTheCommit = ['nats order.cancelled', 'redis release', 'nats broadcast.restocked', 'nats user'] as const;

describeCrashPath(grounds, {
  name: 'an unpaid order is cancelled',
  steps: ['postgres cancel-orders', ...afterTheCommit, 'nats ack deadlines-600'],
  prepare: (ground, count) => ground.orders(count),
  trigger: (ground, order) => ground.letDeadlinePass(order.reservationId),
  books: CANCELLED,
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
  'postgres SELECT refunds',
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
  books: CANCELLED,
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
  books: (done) => (done.includes('postgres cancel-orders') ? CANCELLED : ORDERED),
});
