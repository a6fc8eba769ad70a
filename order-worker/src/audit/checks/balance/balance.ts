import { itemKeys, recount, saleStateAt } from 'seckill-core';
import { saleSettings } from '../sales/sale-views.ts';
import type { AuditContext } from './audit-context.ts';
import type { Check, Finding } from './check.ts';
import { perItem, readBooksAnew, sum } from './check-books.ts';
import { type Comparison, compareReservations } from './compare-reservations.ts';
import type { Drift } from './drift.ts';
import { recountUnits } from './repairs/recount-units.ts';

/** So few are counted in one step of Redis, 25 ms, where units move all the time. */
const COUNTED_AT_ONCE = 5_000;
/** Counting so many keeps Redis busy for about a second: not while buyers are there. */
const COUNTED_WHILE_LIVE = 200_000;

interface ItemSums {
  itemId: string;
  title: string;
  /** What Redis counts, against what its reservations hold. */
  live: number;
  held: number;
  usersDiffering: number;
}

/** The sums: of Redis with its own reservations, and of both books with the stock. */
export function checkOfBalance(context: AuditContext): Check {
  let differing: ItemSums[] = [];
  return {
    key: 'balance',
    name: 'Units left, live orders and what is on its way add up to the stock',
    look: async () => {
      const found = await lookAtBalance(context);
      differing = found.differing;
      return found.finding;
    },
    explain: () => explain(context, differing),
  };
}

interface Found {
  finding: Finding;
  differing: ItemSums[];
}

/** Read twice: while units move between the two books, their sum cannot be read, and the comparison of each reservation stands for it. */
async function lookAtBalance(context: AuditContext): Promise<Found> {
  const before = await readUnits(context);
  const comparisons = new Map<string, Comparison>();
  const usersDiffering = new Map<string, number>();
  for (const item of context.sale.items) {
    const comparison = await compareReservations(context, item.id);
    comparisons.set(item.id, comparison);
    usersDiffering.set(item.id, await countUsersDiffering(context, item.id, comparison.heldBy));
  }
  const after = await readUnits(context);
  if (JSON.stringify(before) !== JSON.stringify(after)) return lookWhileMoving(context, after);
  const items = after.map((item) => ({
    ...item,
    waiting: comparisons.get(item.itemId)?.underWayUnits ?? 0,
    held: comparisons.get(item.itemId)?.unitsHeld ?? 0,
    usersDiffering: usersDiffering.get(item.itemId) ?? 0,
  }));
  const driftOf = (item: (typeof items)[number]) =>
    Math.max(Math.abs(item.stock - (item.left + item.liveOrders + item.waiting)), Math.abs(item.live - item.held));
  const drift = sum(items, driftOf);
  const differing = items.filter((item) => item.live !== item.held || item.usersDiffering > 0);
  const detail = perItem(items, (item) => {
    const books = `${item.left} left + ${item.liveOrders} in live orders + ${item.waiting} on their way, of ${item.stock}`;
    return [books, ...saySums(item)].join('; ');
  });
  return { finding: { holds: drift === 0 && differing.length === 0, drift, detail }, differing };
}

async function lookWhileMoving({ redis }: AuditContext, items: readonly Units[]): Promise<Found> {
  const differing: ItemSums[] = [];
  for (const { itemId, title } of items) {
    if ((await redis.hlen(itemKeys(itemId).reservations)) > COUNTED_AT_ONCE) continue;
    const sums = await recount(redis, itemId, { set: false });
    if (sums.live !== sums.held || sums.usersDiffering > 0) differing.push({ itemId, title, ...sums });
  }
  if (differing.length === 0)
    return { finding: { holds: true, detail: 'units are moving; compared one by one above' }, differing };
  const drift = sum(differing, ({ live, held }) => Math.abs(live - held));
  const detail = `units are moving; ${perItem(differing, (item) => saySums(item).join('; '))}`;
  return { finding: { holds: false, drift, detail }, differing };
}

function saySums({ live, held, usersDiffering }: Pick<ItemSums, 'live' | 'held' | 'usersDiffering'>): string[] {
  return [
    ...(live === held ? [] : [`Redis counts ${live} held, its reservations ${held}`]),
    ...(usersDiffering === 0 ? [] : [`${usersDiffering} users are counted with other units than their reservations hold`]),
  ];
}

/** Where Redis' sums are right, it is a reservation or the stock that is not, and of those other checks tell. */
async function explain(context: AuditContext, differing: readonly ItemSums[]): Promise<Drift[]> {
  return Promise.all(
    differing.map(async (item) => {
      const { itemId, title, held } = item;
      const says = `Item ${itemId} (${title}): ${saySums(item).join('; ')}.`;
      if (await isTooBusy(context, itemId)) {
        const advice =
          'Counting them would keep Redis from its buyers for more than a second. Pause the sale, or wait for its end, and repair then.';
        return { says, advice };
      }
      const does = `counts item ${itemId} anew from its reservations, which hold ${held} units, in one step of Redis.`;
      return { says, repair: { kind: 'units', does, mend: () => recountUnits(context, itemId) } };
    }),
  );
}

async function isTooBusy({ redis, sale, clock }: AuditContext, itemId: string): Promise<boolean> {
  if (saleStateAt(saleSettings(sale), clock.now()) !== 'LIVE') return false;
  return (await redis.hlen(itemKeys(itemId).reservations)) > COUNTED_WHILE_LIVE;
}

async function countUsersDiffering(
  { redis }: AuditContext,
  itemId: string,
  heldBy: ReadonlyMap<string, number>,
): Promise<number> {
  const unseen = new Set(heldBy.keys());
  const differing = new Set<string>();
  let cursor = '0';
  do {
    const [next, flat] = await redis.hscan(itemKeys(itemId).buyers, cursor, 'COUNT', 1000);
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const user = flat[i] ?? '';
      unseen.delete(user);
      if (Number(flat[i + 1]) !== (heldBy.get(user) ?? 0)) differing.add(user);
    }
    cursor = next;
  } while (cursor !== '0');
  return differing.size + unseen.size;
}

interface Units {
  itemId: string;
  title: string;
  stock: number;
  /** Stock − live units, in Redis. */
  left: number;
  /** In Redis. */
  live: number;
  liveOrders: number;
  /** Grows with each win: one win and one cancel leave the sums as they were, and have moved units all the same. */
  won: number;
}

async function readUnits(context: AuditContext): Promise<Units[]> {
  const books = await readBooksAnew(context);
  return Promise.all(
    books.map(async ({ itemId, title, stock, liveUnits }) => {
      const [total, inRedis] = await context.redis.hmget(itemKeys(itemId).item, 'stock', 'live');
      const won = await context.redis.strlen(itemKeys(itemId).won);
      const live = Number(inRedis ?? 0);
      return { itemId, title, stock, left: Number(total ?? 0) - live, live, liveOrders: liveUnits, won };
    }),
  );
}

/** Units that can still be won; where Redis has forgotten the sale, what PostgreSQL says. */
export async function readStockLeft(context: AuditContext): Promise<number> {
  const units = await readUnits(context);
  return sum(units, (item) => Math.max(0, context.inRedis ? item.left : item.stock - item.liveOrders));
}
