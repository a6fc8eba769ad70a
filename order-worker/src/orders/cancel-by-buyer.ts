import { Problem } from 'seckill-core';
import type { Order as OrderRow } from 'seckill-prisma';
import type { OrderWriter } from './after-commit.ts';
import { cancelOrders } from './cancel-orders.ts';
import { findOwnOrders, type OrderView, type OwnOrder, viewFound } from './order-view.ts';
import { rememberToFinish } from './remember-to-finish.ts';

/**
 * Cancels unpaid orders at their buyers' request. Idempotent, so a request whose outcome is unknown can be repeated. Returns one result for each
 * request: NOT_FOUND or NOT_CANCELLABLE in the place of an order that is not cancelled.
 */
export async function cancelByBuyers(parts: OrderWriter, asked: readonly OwnOrder[]): Promise<(OrderView | Problem)[]> {
  const { prisma } = parts;
  const found = await findOwnOrders(prisma, asked);
  await cancelPending(parts, found.filter(isPending));
  const now = (await findOwnOrders(prisma, asked)).map((order) => (order instanceof Problem ? order : cancelled(order)));
  return viewFound(prisma, now);
}

const isPending = (order: OrderRow | Problem): order is OrderRow =>
  !(order instanceof Problem) && order.status === 'PENDING_PAYMENT';

async function cancelPending(parts: OrderWriter, pending: readonly OrderRow[]): Promise<void> {
  const ids = [...new Set(pending.map(({ id }) => id))];
  if (ids.length === 0) return;
  await rememberToFinish(parts, ids);
  await cancelOrders(parts, ids, 'buyer');
}

function cancelled(order: OrderRow): OrderRow | Problem {
  if (order.status === 'CANCELLED' && order.reason === 'buyer') return order;
  return new Problem(
    'NOT_CANCELLABLE',
    `Order ${order.id} is ${order.status}; only an order that waits for payment can be cancelled.`,
  );
}
