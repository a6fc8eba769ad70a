import type { CancelReason } from 'seckill-core';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../worker-context.ts';
import { publishOrderEvents, pushToBuyers } from './announce-orders.ts';
import { releaseReservations } from './move-reservations.ts';
import type { OrderState } from './order-state.ts';
import { unfinished } from './unfinished.ts';

const cancelStatement = loadStatement(import.meta.url, 'cancel-orders');

export interface CancelledOrder extends OrderState {
  /** Cancelled by this call. */
  fresh: boolean;
  /** PostgreSQL's clock at the look, ms. */
  now: number;
}

/** Orders in one UPDATE: about 25 ms of PostgreSQL, for which paying one of them may have to wait. */
export const CANCEL_BATCH_LIMIT = 1_000;

/**
 * Cancels those of the orders that wait for their payment (reason 'unpaid': and are due on PostgreSQL's clock), returns their units and
 * tells everybody. Answers the state of each order that exists. Idempotent: what was cancelled before is told again where that may
 * not have been finished.
 */
export async function cancelOrders(
  context: WorkerContext,
  orderIds: readonly string[],
  reason: CancelReason,
): Promise<CancelledOrder[]> {
  const orders = await retryOnConflict(() => context.prisma.$queryRawUnsafe<CancelledOrder[]>(cancelStatement, orderIds, reason));
  const fresh = orders.filter((order) => order.fresh);
  const repeated = orders.filter((order) => order.status === 'CANCELLED' && !order.fresh);
  await announceCancelled(context, [
    ...fresh,
    ...(await unfinished(context, (order) => order.settledAt, ['CANCELLED', 'REFUNDED'], repeated)),
  ]);
  context.metrics.ordersCancelled.inc({ reason }, fresh.length);
  return orders;
}

/** Redis last: a reservation that is CANCELLED there says that the event is stored. */
export async function announceCancelled(context: WorkerContext, orders: readonly OrderState[]): Promise<void> {
  if (orders.length === 0) return;
  await publishOrderEvents(context, 'cancelled', orders);
  await releaseReservations(context, 'CANCELLED', orders);
  pushToBuyers(context, 'CANCELLED', orders);
}
