import type { Redis } from 'ioredis';
import {
  broadcast,
  changeItem,
  probeRedis,
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

/** Rebuilds at once in a worker. Each holds a connection to PostgreSQL, and Redis runs one script at a time. */
const REBUILDS_AT_ONCE = 3;

/**
 * Keeps Redis in step with PostgreSQL. Every sale that runs, or whose orders may still move, is in the catalogue in its newest version, and each
 * of its items is known to the Redis process that answers now. Runs every second, and at once after `wake()`. `asked` holds items that a gateway
 * has asked for: they are rebuilt next.
 */
export function guardStock(parts: ItemKeeper, asked: Set<string> = new Set()): RepeatedTask {
  return new RepeatedTask({
    name: 'the stock guard',
    everyMs: GUARD_EVERY_MS,
    run: () => guardSales(parts, asked),
    log: parts.log,
  }).start();
}

async function guardSales(parts: ItemKeeper, asked: Set<string>): Promise<void> {
  const { prisma, redis, nc } = parts;
  // Redis first: while it is away, PostgreSQL is not queried. A replica refuses the write, so that the client looks for the primary.
  await probeRedis(redis);
  const runId = await readRunId(redis);
  const catalogue = new Map((await readSales(redis)).map((sale) => [sale.saleId, sale.version]));
  const where = await guarded(prisma, [...catalogue.keys()]);
  const sales = (await prisma.sale.findMany({ where, include: withItems })).map(saleSettings);
  const unknown: Unknown[] = [];
  for (const sale of sales) {
    const behind = (catalogue.get(sale.saleId) ?? -1) < sale.version;
    if (behind) await writeSale(redis, sale);
    const changed = await changeKnownItems(redis, runId, sale, unknown);
    if (behind || changed) broadcast(nc, saleChanged, { saleId: sale.saleId, version: sale.version });
  }
  await rebuildUnknown(parts, byUrgency(unknown), asked);
  asked.clear();
}

interface Unknown {
  itemId: string;
  sale: SaleSettings;
}

/** Brings items that Redis knows up to date, and adds the others to `unknown`. Returns whether an item changed. */
async function changeKnownItems(redis: Redis, runId: string, sale: SaleSettings, unknown: Unknown[]): Promise<boolean> {
  const known = await Promise.all(sale.items.map(({ itemId }) => readItemState(redis, itemId)));
  let changed = false;
  for (const [i, item] of sale.items.entries()) {
    const { runId: itsRunId, version = 0 } = known[i] ?? {};
    if (itsRunId !== runId) unknown.push({ itemId: item.itemId, sale });
    else if (version < sale.version && (await changeItem(redis, sale, item)) === 'CHANGED') changed = true;
  }
  return changed;
}

/** Sales that buyers can buy from come first, then those that begin next, then those that are over. */
export function byUrgency(unknown: readonly Unknown[], now = Date.now()): Unknown[] {
  const rank = ({ sale }: Unknown) =>
    sale.status === 'CLOSED' || sale.endsAt <= now ? Number.MAX_SAFE_INTEGER : Math.max(0, sale.startsAt - now);
  return [...unknown].sort((a, b) => rank(a) - rank(b));
}

async function rebuildUnknown(parts: ItemKeeper, left: Unknown[], asked: ReadonlySet<string>): Promise<void> {
  const next = () => {
    const urgent = asked.size === 0 ? -1 : left.findIndex(({ itemId }) => asked.has(itemId));
    return left.splice(Math.max(0, urgent), 1)[0];
  };
  const work = async () => {
    for (let item = next(); item !== undefined; item = next()) {
      // Another worker that rebuilds the item holds its lock: this one goes on with the others.
      const rebuilt = await rebuildItem(parts, item.itemId, { ifFree: true });
      const { saleId, version } = item.sale;
      if (rebuilt === 'OPENED') broadcast(parts.nc, saleChanged, { saleId, version });
    }
  };
  const results = await Promise.allSettled(Array.from({ length: REBUILDS_AT_ONCE }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Sales are guarded until their last order can have been paid or cancelled, one more day for refunds, and for as long as they are not retired. */
async function guarded(prisma: ItemKeeper['prisma'], catalogue: readonly string[]): Promise<{ id: { in: string[] } }> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM sales
    WHERE status <> 'DRAFT' AND (ends_at + make_interval(secs => pay_timeout_seconds) > now() - interval '1 day'
      OR id = ANY (${catalogue}::uuid[]))`;
  return { id: { in: rows.map((row) => row.id) } };
}
