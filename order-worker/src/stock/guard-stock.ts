import {
  broadcast,
  changeItem,
  RepeatedTask,
  readItemState,
  readRunId,
  readSales,
  type SaleSettings,
  saleChanged,
  writeSale,
} from 'seckill-core';
import { saleSettings, withItems } from '../sales/sale-views.ts';
import { type ItemKeeper, rebuildItem } from './rebuild-item.ts';

const GUARD_EVERY_MS = 1_000;

/**
 * Keeps Redis in step with PostgreSQL. Every sale that runs, or whose orders may still move, is in the catalogue in its newest version, and each
 * of its items is known to the Redis process that answers now. Runs every second, and at once after `wake()`.
 */
export function guardStock(parts: ItemKeeper): RepeatedTask {
  return new RepeatedTask({
    name: 'the stock guard',
    everyMs: GUARD_EVERY_MS,
    run: () => guardSales(parts),
    log: parts.log,
  }).start();
}

async function guardSales(parts: ItemKeeper): Promise<void> {
  const { prisma, redis, nc } = parts;
  // Redis first: while it is away, PostgreSQL is not queried.
  const runId = await readRunId(redis);
  const sales = (await prisma.sale.findMany({ where: await guarded(prisma), include: withItems })).map(saleSettings);
  if (sales.length === 0) return;
  const catalogue = new Map((await readSales(redis)).map((sale) => [sale.saleId, sale.version]));
  for (const sale of sales) {
    const behind = (catalogue.get(sale.saleId) ?? -1) < sale.version;
    if (behind) await writeSale(redis, sale);
    const changed = await guardItems(parts, runId, sale);
    if (behind || changed) broadcast(nc, saleChanged, { saleId: sale.saleId, version: sale.version });
  }
}

/** Returns whether an item had to be brought up to date. */
async function guardItems(parts: ItemKeeper, runId: string, sale: SaleSettings): Promise<boolean> {
  const { redis } = parts;
  const known = await Promise.all(sale.items.map(({ itemId }) => readItemState(redis, itemId)));
  let changed = false;
  for (const [i, item] of sale.items.entries()) {
    const { runId: itsRunId, version = 0 } = known[i] ?? {};
    if (itsRunId !== runId) {
      if ((await rebuildItem(parts, item.itemId)) === 'OPENED') changed = true;
    } else if (version < sale.version) {
      if ((await changeItem(redis, sale, item)) === 'CHANGED') changed = true;
    }
  }
  return changed;
}

/** Sales are guarded until their last order can have been paid or cancelled, and one more day for refunds. */
async function guarded(prisma: ItemKeeper['prisma']): Promise<{ id: { in: string[] } }> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM sales
    WHERE status <> 'DRAFT' AND ends_at + make_interval(secs => pay_timeout_seconds) > now() - interval '1 day'`;
  return { id: { in: rows.map((row) => row.id) } };
}
