import type { Redis } from 'ioredis';
import type { ItemSettings, SaleSettings } from '../domain/sale.ts';
import { itemKeys } from './keys.ts';
import { recount } from './recount.ts';
import { loadScript, runScript } from './script.ts';
import { SOLD_OUT_LEASE_MS } from './sold-out-lease.ts';

const beginScript = loadScript('begin-rebuild', ['item', 'reservations']);
const openScript = loadScript('open-item', ['item']);
const changeScript = loadScript('change-item', ['item']);

const STATES = { PUBLISHED: 'OPEN', PAUSED: 'PAUSED', CLOSED: 'CLOSED' } as const;
const stateOf = (sale: SaleSettings): string => (sale.status === 'DRAFT' ? 'PAUSED' : STATES[sale.status]);

/** Returns the settings in the hash of an item on sale, in the order in which open-item takes them. */
export function itemFields(sale: SaleSettings, item: ItemSettings) {
  return {
    version: sale.version,
    saleId: sale.saleId,
    state: stateOf(sale),
    startsAt: sale.startsAt,
    endsAt: sale.endsAt,
    limitPerUser: item.limitPerUser,
    ratePerSecond: sale.rateLimit.ratePerSecond,
    burst: sale.rateLimit.burst,
    stock: item.stock,
  };
}

/**
 * Closes the item until {@link openItem} is called with the same mark; in between the caller replays the item's orders. If Redis has lost a part of
 * the item, this counts what the rest holds: the replay relies on these sums.
 */
export async function beginRebuild(redis: Redis, itemId: string, mark: string): Promise<void> {
  const found = await runScript(redis, beginScript, itemKeys(itemId), [mark]);
  if (found === 2) await recount(redis, itemId, { set: 'with winners' });
}

interface ItemOpening {
  runId: string;
  /** The mark that {@link beginRebuild} wrote. */
  mark: string;
  sale: SaleSettings;
  item: ItemSettings;
  /** Reservations were replayed, even if none of them holds units. */
  replayed?: boolean;
}

/**
 * Puts the item on sale on the Redis process `runId`. Resolves to false if the mark or a part of the item is gone: begin again. Newer settings that Redis holds
 * stay. Read the run id before {@link beginRebuild}: if Redis restarts in between, the item then stays unknown.
 */
export async function openItem(redis: Redis, { runId, mark, sale, item, replayed = false }: ItemOpening): Promise<boolean> {
  const opened = await runScript(redis, openScript, itemKeys(item.itemId), [
    mark,
    runId,
    SOLD_OUT_LEASE_MS,
    ...Object.values(itemFields(sale, item)),
    replayed ? 1 : 0,
  ]);
  return opened === 1;
}

type ItemChange = 'CHANGED' | 'UNCHANGED' | 'STOCK_UNKNOWN';

/** Brings an item on sale to newer settings (paused, resumed, closed, total stock). Idempotent under the sale's version. */
export async function changeItem(redis: Redis, sale: SaleSettings, item: ItemSettings): Promise<ItemChange> {
  const args = [sale.version, stateOf(sale), item.stock, SOLD_OUT_LEASE_MS];
  const changed = await runScript(redis, changeScript, itemKeys(item.itemId), args);
  if (changed === 1) return 'CHANGED';
  return changed === 0 ? 'UNCHANGED' : 'STOCK_UNKNOWN';
}
