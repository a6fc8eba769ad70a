import { Problem } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';
import { cancelOrders } from './cancel-orders.ts';
import { rememberToFinish } from './deadlines/remember-to-finish.ts';
import { findOrder, type OrderView, viewOrder } from './order-view.ts';

/**
 * Cancels an unpaid order at its buyer's wish. Cancelling again is answered as the first time, so an unknown outcome may be tried again.
 */
export async function cancelByBuyer(
  context: WorkerContext,
  { userId, orderId }: { userId: string; orderId: string },
): Promise<OrderView> {
  const { prisma } = context;
  const order = await findOrder(prisma, userId, orderId);
  if (order.status === 'PENDING_PAYMENT') {
    await rememberToFinish(context, order.saleId, [orderId]);
    await cancelOrders(context, [orderId], 'buyer');
  }
  const now = await findOrder(prisma, userId, orderId);
  if (now.status === 'CANCELLED' && now.reason === 'buyer') return viewOrder(prisma, now);
  throw new Problem(
    'NOT_CANCELLABLE',
    `Order ${orderId} is ${now.status}; only one that waits for its payment can be cancelled.`,
  );
}
