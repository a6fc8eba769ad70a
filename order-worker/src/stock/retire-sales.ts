import { forgetSale, itemKeys, outboxSize, readSales, type SaleSettings } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';

/** After the last order can have been paid or cancelled: refunds and late looks are over. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** The records of its reservations stay for pages that are still open; PostgreSQL has them for good. */
const RECORDS_KEPT_SECONDS = 24 * 60 * 60;

/** Takes sales that are long past out of Redis, and so out of every gateway's memory. Answers how many. */
export async function retireSales(context: WorkerContext): Promise<number> {
  const { redis, clock, log } = context;
  let retired = 0;
  for (const sale of await readSales(redis)) {
    if (sale.endsAt + sale.payTimeoutSeconds * 1000 + KEPT_MS > clock.now()) continue;
    if (await hasWaiting(context, sale)) continue;
    await forgetSale(redis, sale.saleId);
    for (const { itemId } of sale.items) {
      const { item, reservations, buyers, won } = itemKeys(itemId);
      await Promise.all([item, reservations, buyers, won].map((key) => redis.expire(key, RECORDS_KEPT_SECONDS)));
    }
    log.info({ saleId: sale.saleId }, 'a sale that is long past was taken out of Redis');
    retired += 1;
  }
  return retired;
}

/** A win that waits for JetStream is a win, whenever it is found. */
async function hasWaiting({ redis }: WorkerContext, sale: SaleSettings): Promise<boolean> {
  const sizes = await Promise.all(sale.items.map(({ itemId }) => outboxSize(redis, itemId)));
  return sizes.some((size) => size > 0);
}
