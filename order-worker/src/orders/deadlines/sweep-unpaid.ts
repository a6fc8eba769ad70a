import { loadStatement } from '../../servers/statement.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import type { OrderWriter } from '../after-commit.ts';
import { CANCEL_BATCH_LIMIT, type CancelledOrder, cancelOrders } from '../cancel-orders.ts';
import { rememberToFinish } from '../remember-to-finish.ts';

const overdueStatement = loadStatement(import.meta.url, 'overdue-orders');

/** A deadline that is late under load is not lost. The sweep catches lost deadlines; it is not a second way to cancel. */
export const SWEEP_GRACE_SECONDS = 15;

/** Upper bound per sweep; the next sweep continues. */
const MOST_PORTIONS = 10;

type Sweeper = OrderWriter & Pick<WorkerContext, 'log'>;

/** Cancels orders whose deadline message was lost. Returns how many it found. */
export async function sweepUnpaid(parts: Sweeper, graceSeconds: number = SWEEP_GRACE_SECONDS): Promise<number> {
  let found = 0;
  for (let portions = 0; portions < MOST_PORTIONS; portions += 1) {
    const swept = await sweepPortion(parts, graceSeconds);
    found += swept;
    if (swept < CANCEL_BATCH_LIMIT) break;
  }
  return found;
}

async function sweepPortion(parts: Sweeper, graceSeconds: number): Promise<number> {
  const overdue = await parts.prisma.$queryRawUnsafe<{ orderId: string; saleId: string }[]>(
    overdueStatement,
    graceSeconds,
    CANCEL_BATCH_LIMIT,
  );
  for (const saleId of new Set(overdue.map((order) => order.saleId))) {
    const ids = overdue.filter((order) => order.saleId === saleId).map((order) => order.orderId);
    await cancelOverdue(parts, ids, (cancelled) => {
      parts.metrics.sweptOrders.inc(cancelled.length);
      if (cancelled.length > 0) parts.log.warn({ saleId, orders: cancelled.length }, 'the sweep cancelled overdue orders');
    });
  }
  return overdue.length;
}

/** Cancels those of the orders that are still unpaid. Returns their ids. */
export async function cancelOverdue(
  parts: OrderWriter,
  ids: readonly string[],
  counted?: (fresh: readonly CancelledOrder[]) => void,
): Promise<string[]> {
  await rememberToFinish(parts, ids);
  const orders = await cancelOrders(parts, ids, 'unpaid', counted === undefined ? {} : { counted });
  return orders.filter((order) => order.fresh).map((order) => order.orderId);
}
