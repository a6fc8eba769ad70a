import { loadStatement } from '../../servers/statement.ts';
import type { WorkerContext } from '../../worker-context.ts';
import { CANCEL_BATCH_LIMIT, cancelOrders } from '../cancel-orders.ts';
import { rememberToFinish } from './remember-to-finish.ts';

const overdueStatement = loadStatement(import.meta.url, 'overdue-orders');

/** Late deadlines under load are not lost ones: the sweep is the net below the mechanism, not a second mechanism. */
export const SWEEP_GRACE_SECONDS = 15;

/** So many in one sweep are no net any more; the rest is found by the next. */
const MOST_PORTIONS = 10;

/** Cancels orders whose deadline's message was lost. Answers how many it found. */
export async function sweepUnpaid(context: WorkerContext, graceSeconds: number = SWEEP_GRACE_SECONDS): Promise<number> {
  let found = 0;
  for (let portions = 0; portions < MOST_PORTIONS; portions += 1) {
    const swept = await sweepPortion(context, graceSeconds);
    found += swept;
    if (swept < CANCEL_BATCH_LIMIT) break;
  }
  return found;
}

async function sweepPortion(context: WorkerContext, graceSeconds: number): Promise<number> {
  const overdue = await context.prisma.$queryRawUnsafe<{ orderId: string; saleId: string }[]>(
    overdueStatement,
    graceSeconds,
    CANCEL_BATCH_LIMIT,
  );
  for (const saleId of new Set(overdue.map((order) => order.saleId))) {
    const ids = overdue.filter((order) => order.saleId === saleId).map((order) => order.orderId);
    const cancelled = await cancelOverdue(context, saleId, ids);
    context.metrics.sweptOrders.inc(cancelled.length);
    if (cancelled.length > 0) context.log.warn({ saleId, orders: cancelled.length }, 'the sweep cancelled overdue orders');
  }
  return overdue.length;
}

/** Cancels those of a sale's orders that are still unpaid. Answers which. */
export async function cancelOverdue(context: WorkerContext, saleId: string, ids: readonly string[]): Promise<string[]> {
  await rememberToFinish(context, saleId, ids);
  const orders = await cancelOrders(context, ids, 'unpaid');
  return orders.filter((order) => order.fresh).map((order) => order.orderId);
}
