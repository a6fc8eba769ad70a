import type { Redis } from 'ioredis';
import {
  broadcast,
  changeItem,
  examineRedis,
  type ItemState,
  inOneWrite,
  RepeatedTask,
  readItemState,
  readSales,
  type SaleSettings,
  saleChanged,
  writeSale,
} from 'seckill-core';
import { saleSettings, withItems } from '../sales/sale-views.ts';
import { type ItemKeeper, rebuildItem } from './rebuild-item.ts';

const GUARD_EVERY_MS = 1_000;
/** Items that were in order are read again after this time. A gateway that meets an unknown item asks for it at once. */
const READ_AGAIN_MS = 5_000;

/** Rebuilds at once in a worker. Each holds a connection to PostgreSQL, and Redis runs one script at a time. */
const REBUILDS_AT_ONCE = 3;

/**
 * Keeps Redis in step with PostgreSQL. Every sale that runs, or whose orders may still move, is in the catalogue in its newest version, and each
 * of its items is known to the Redis process that answers now. Runs every second, and at once after `wake()`. `asked` holds items that a gateway
 * has asked for: they are rebuilt next.
 *
 * Another run of Redis, a change of a sale and a lost catalogue are found each second. Only then, or if a gateway asks, or after
 * {@link READ_AGAIN_MS}, the items are read: 300 of them each second cost a fifth of an idle worker's CPU.
 */
export function guardStock(parts: ItemKeeper, asked: Set<string> = new Set()): RepeatedTask {
  let inOrder: { found: string; at: number } | undefined;
  const run = async () => {
    // Redis first: while it is away, PostgreSQL is not queried. A replica refuses the write, so that the client looks for the primary.
    const runId = await examineRedis(parts.redis);
    const sales = await newestSales(parts);
    const at = performance.now();
    const found = JSON.stringify([runId, sales.map(({ sale, behind }) => [sale.saleId, sale.version, behind])]);
    if (asked.size === 0 && inOrder?.found === found && at - inOrder.at < READ_AGAIN_MS) return;
    inOrder = undefined;
    if (await guardItems(parts, { runId, sales, asked })) inOrder = { found, at };
  };
  return new RepeatedTask({ name: 'the stock guard', everyMs: GUARD_EVERY_MS, run, log: parts.log }).start();
}

/** Returns whether every item was known. */
async function guardItems(
  parts: ItemKeeper,
  { runId, sales, asked }: { runId: string; sales: readonly Guarded[]; asked: Set<string> },
): Promise<boolean> {
  const { redis, nc } = parts;
  // Items that are asked for from now on may have been lost after they were read: they are for the next run as well.
  const answered = [...asked];
  const states = await readStates(redis, sales);
  const unknown: Unknown[] = [];
  for (const { sale, behind } of sales) {
    if (behind) await writeSale(redis, sale);
    const changed = await changeKnownItems(redis, { runId, sale, states }, unknown);
    if (behind || changed) broadcast(nc, saleChanged, { saleId: sale.saleId, version: sale.version });
  }
  await rebuildUnknown(parts, byUrgency(unknown), asked);
  for (const itemId of answered) asked.delete(itemId);
  return unknown.length === 0;
}

interface Guarded {
  sale: SaleSettings;
  /** The catalogue lacks this version. */
  behind: boolean;
}

/** Sales whose newest version is in the catalogue are not read from PostgreSQL: those are nearly always all of them. */
async function newestSales({ prisma, redis }: Pick<ItemKeeper, 'prisma' | 'redis'>): Promise<Guarded[]> {
  const catalogue = new Map((await readSales(redis)).map((sale) => [sale.saleId, sale]));
  const current: SaleSettings[] = [];
  const others: string[] = [];
  for (const { id, version } of await guardedSales(prisma, [...catalogue.keys()])) {
    const sale = catalogue.get(id);
    if (sale?.version === version) current.push(sale);
    else others.push(id);
  }
  const rows = others.length === 0 ? [] : await prisma.sale.findMany({ where: { id: { in: others } }, include: withItems });
  const isBehind = (sale: SaleSettings) => (catalogue.get(sale.saleId)?.version ?? -1) < sale.version;
  return [...current, ...rows.map(saleSettings)].map((sale) => ({ sale, behind: isBehind(sale) }));
}

type States = ReadonlyMap<string, ItemState>;

async function readStates(redis: Redis, sales: readonly Guarded[]): Promise<States> {
  const itemIds = sales.flatMap(({ sale }) => sale.items.map(({ itemId }) => itemId));
  const states = await Promise.all(inOneWrite(redis, () => itemIds.map((itemId) => readItemState(redis, itemId))));
  return new Map(states.map((state, i) => [itemIds[i] ?? '', state]));
}

interface Unknown {
  itemId: string;
  sale: SaleSettings;
}

/** Brings items that Redis knows up to date, and adds the others to `unknown`. Returns whether an item changed. */
async function changeKnownItems(
  redis: Redis,
  { runId, sale, states }: { runId: string; sale: SaleSettings; states: States },
  unknown: Unknown[],
): Promise<boolean> {
  let changed = false;
  for (const item of sale.items) {
    const { runId: itsRunId, version = 0 } = states.get(item.itemId) ?? {};
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
function guardedSales(prisma: ItemKeeper['prisma'], catalogue: readonly string[]): Promise<{ id: string; version: number }[]> {
  return prisma.$queryRaw`
    SELECT id, version FROM sales
    WHERE status <> 'DRAFT' AND (ends_at + make_interval(secs => pay_timeout_seconds) > now() - interval '1 day'
      OR id = ANY (${catalogue}::uuid[]))`;
}
