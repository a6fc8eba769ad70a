import type { CancelReason } from 'seckill-core';
import { arrayLiteral } from '../servers/array-literal.ts';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { loadStatement } from '../servers/statement.ts';
import { announce, type Committed, type OrderWriter } from './after-commit.ts';

const cancelStatement = loadStatement(import.meta.url, 'cancel-orders');

export interface CancelledOrder extends Committed {
  /** PostgreSQL's clock when it read the order, ms. */
  now: number;
}

/** Orders in one UPDATE: about 25 ms of PostgreSQL, for which a payment of one of them may have to wait. */
export const CANCEL_BATCH_LIMIT = 1_000;

/**
 * Cancels those of the orders that wait for payment, returns their units and announces it. With the reason 'unpaid', only orders that are
 * due on PostgreSQL's clock. Returns the state of each order that exists. Idempotent: for an order that was cancelled before, it finishes
 * what may have been left unfinished. `counted` receives what this call cancelled, even if the announcement then fails.
 */
export async function cancelOrders(
  parts: OrderWriter,
  orderIds: readonly string[],
  reason: CancelReason,
  counted: (fresh: readonly CancelledOrder[]) => void = () => {},
): Promise<CancelledOrder[]> {
  const orders = await retryOnConflict(() =>
    parts.prisma.$queryRawUnsafe<CancelledOrder[]>(cancelStatement, arrayLiteral(orderIds), reason),
  );
  const cancelled = orders.filter((order) => order.fresh);
  // Before the announcement: if that fails, the orders are not fresh at the next try.
  parts.metrics.ordersCancelled.inc({ reason }, cancelled.length);
  if (reason === 'unpaid')
    for (const { settledAt, payBy } of cancelled) parts.metrics.deadlineLatenessSeconds.observe((settledAt - payBy) / 1000);
  counted(cancelled);
  await announce(
    parts,
    'cancelled',
    orders.filter((order) => order.status === 'CANCELLED'),
  );
  return orders;
}
