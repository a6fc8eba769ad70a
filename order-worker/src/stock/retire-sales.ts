import type { Redis } from 'ioredis';
import { expireItem, forgetSale, outboxSize, readSales, type SaleSettings } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';

/** Counted from when the last order can have been paid or cancelled; refunds are over by then. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** The reservations stay in Redis for pages that are still open; PostgreSQL keeps them. */
const RECORDS_KEPT_SECONDS = 24 * 60 * 60;

/** Removes sales that ended long ago from Redis, and so from every gateway's memory. Returns how many. */
export async function retireSales({ redis, clock, log }: Pick<WorkerContext, 'redis' | 'clock' | 'log'>): Promise<number> {
  let retired = 0;
  for (const sale of await readSales(redis)) {
    if (sale.endsAt + sale.payTimeoutSeconds * 1000 + KEPT_MS > clock.now()) continue;
    if (await hasWaiting(redis, sale)) continue;
    await forgetSale(redis, sale.saleId);
    for (const { itemId } of sale.items) await expireItem(redis, itemId, RECORDS_KEPT_SECONDS);
    log.info({ saleId: sale.saleId }, 'removed a past sale from Redis');
    retired += 1;
  }
  return retired;
}

/** A win in the outbox must still reach JetStream, however old it is. */
async function hasWaiting(redis: Redis, sale: SaleSettings): Promise<boolean> {
  const sizes = await Promise.all(sale.items.map(({ itemId }) => outboxSize(redis, itemId)));
  return sizes.some((size) => size > 0);
}
