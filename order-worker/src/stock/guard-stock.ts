import {
  broadcast,
  changeItem,
  itemKeys,
  RepeatedTask,
  readRunId,
  readSales,
  type SaleSettings,
  saleChanged,
  writeSale,
} from 'seckill-core';
import { saleSettings, withItems } from '../sales/sale-views.ts';
import type { WorkerContext } from '../worker-context.ts';
import { rebuildItem } from './rebuild-item.ts';

const LOOK_EVERY_MS = 1_000;

/**
 * Keeps Redis true to PostgreSQL: every sale that runs, or has orders that may still move, is in the catalogue in its newest version, and each of
 * its items is known on the Redis process that answers now. Looks every second, and at once where it is woken.
 */
export function guardStock(context: WorkerContext): RepeatedTask {
  const guard = new RepeatedTask({
    name: 'the stock guard',
    everyMs: LOOK_EVERY_MS,
    run: () => lookAfterSales(context),
    log: context.log,
  });
  return guard.start();
}

async function lookAfterSales(context: WorkerContext): Promise<void> {
  const { prisma, redis, nc } = context;
  // Nothing here depends on PostgreSQL while Redis is away.
  const runId = await readRunId(redis);
  const sales = (await prisma.sale.findMany({ where: await guarded(context), include: withItems })).map(saleSettings);
  if (sales.length === 0) return;
  const catalogue = new Map((await readSales(redis)).map((sale) => [sale.saleId, sale.version]));
  for (const sale of sales) {
    const behind = (catalogue.get(sale.saleId) ?? -1) < sale.version;
    if (behind) await writeSale(redis, sale);
    const changed = await lookAfterItems(context, runId, sale);
    if (behind || changed) broadcast(nc, saleChanged, { saleId: sale.saleId, version: sale.version });
  }
}

/** True where an item had to be brought up to date. */
async function lookAfterItems({ redis, ...context }: WorkerContext, runId: string, sale: SaleSettings): Promise<boolean> {
  const known = await Promise.all(sale.items.map((item) => redis.hmget(itemKeys(item.itemId).item, 'runId', 'version')));
  let changed = false;
  for (const [i, item] of sale.items.entries()) {
    const [itsRunId, version] = known[i] ?? [];
    if (itsRunId !== runId) {
      if ((await rebuildItem({ redis, ...context }, item.itemId)) === 'OPENED') changed = true;
    } else if (Number(version) < sale.version) {
      if ((await changeItem(redis, sale, item)) === 'CHANGED') changed = true;
    }
  }
  return changed;
}

/** Until its last order can have been paid or cancelled, and a day more for refunds and late looks. */
async function guarded({ prisma }: WorkerContext): Promise<{ id: { in: string[] } }> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM sales
    WHERE status <> 'DRAFT' AND ends_at + make_interval(secs => pay_timeout_seconds) > now() - interval '1 day'`;
  return { id: { in: rows.map((row) => row.id) } };
}
