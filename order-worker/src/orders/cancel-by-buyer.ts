import { Problem } from 'seckill-core';
import type { OrderWriter } from './after-commit.ts';
import { cancelOrders } from './cancel-orders.ts';
import { findOrder, type OrderView, viewOrder } from './order-view.ts';
import { rememberToFinish } from './remember-to-finish.ts';

/**
 * Cancels an unpaid order at its buyer's request. Idempotent, so a request whose outcome is unknown can be repeated.
 * Throws NOT_FOUND and NOT_CANCELLABLE.
 */
export async function cancelByBuyer(
  parts: OrderWriter,
  { userId, orderId }: { userId: string; orderId: string },
): Promise<OrderView> {
  const { prisma } = parts;
  const order = await findOrder(prisma, userId, orderId);
  if (order.status === 'PENDING_PAYMENT') {
    await rememberToFinish(parts, order.saleId, [orderId]);
    await cancelOrders(parts, [orderId], 'buyer');
  }
  const now = await findOrder(prisma, userId, orderId);
  if (now.status === 'CANCELLED' && now.reason === 'buyer') return viewOrder(prisma, now);
  throw new Problem(
    'NOT_CANCELLABLE',
    `Order ${orderId} is ${now.status}; only an order that waits for payment can be cancelled.`,
  );
}
