import type { Redis } from 'ioredis';
import { countReservations, readBuyers, recount, saleStateAt } from 'seckill-core';
import { saleSettings } from '../../../sales/sale-views.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { sum } from '../../evidence/books.ts';
import type { Comparison } from '../../evidence/compare-reservations.ts';
import type { Fingerprints } from '../../evidence/fingerprints.ts';
import { type ItemUnits, readUnits } from '../../evidence/item-units.ts';
import { type Check, type Finding, ifInRedis, perItem } from '../check.ts';
import type { Drift } from '../drift.ts';
import { recountUnits } from './recount-units.ts';

/** Most reservations that one step of Redis counts while units move: 25 ms. */
const COUNTED_AT_ONCE = 5_000;
/** Counting this many blocks Redis for about a second: not while the sale is live. */
const COUNTED_WHILE_LIVE = 200_000;

/** What Redis counts for an item, against what its reservations hold. */
interface ItemSums {
  itemId: string;
  title: string;
  live: number;
  held: number;
  usersDiffering: number;
}

type Parts = Pick<AuditContext, 'books' | 'clock' | 'comparisons' | 'nc' | 'prisma' | 'redis' | 'sale'>;
type Found = Finding & { differing: ItemSums[] };

/** Redis' sums against its own reservations, and both sides against the stock. */
export const balance: Check<Found> = {
  key: 'balance',
  name: 'Units left, units in live orders and units in flight add up to the stock',
  form: 'full',
  appliesTo: ifInRedis,
  inspect: inspectBalance,
  /** If Redis' sums are right, a reservation or the stock is wrong, and other checks explain that. */
  explain: (context, { differing }) => Promise.all(differing.map((item) => explain(context, item))),
};

/** Reads the units twice. While they move between Redis and PostgreSQL no sum of both can be read, and comparing each reservation stands for it. */
async function inspectBalance(context: Parts): Promise<Found> {
  const before = await readUnits(context);
  const comparisons = new Map<string, Comparison & { usersDiffering: number }>();
  for (const { id } of context.sale.items) {
    const comparison = await context.comparisons.read(id);
    const usersDiffering = await countUsersDiffering(context.redis, id, comparison.heldBy);
    comparisons.set(id, { ...comparison, usersDiffering });
  }
  const after = await readUnits(context);
  if (JSON.stringify(before) !== JSON.stringify(after)) return inspectWhileMoving(context.redis, after);
  const items = after.map((item) => {
    const compared = comparisons.get(item.itemId);
    const { inFlightUnits = 0, unitsHeld: held = 0, usersDiffering = 0 } = compared ?? {};
    return { ...item, inFlight: inFlightUnits, held, usersDiffering };
  });
  const drift = sum(items, ({ stock, left, liveOrders, inFlight, live, held }) =>
    Math.max(Math.abs(stock - (left + liveOrders + inFlight)), Math.abs(live - held)),
  );
  const differing = items.filter(differs);
  const detail = perItem(items, (item) => {
    const books = `${item.left} left + ${item.liveOrders} in live orders + ${item.inFlight} in flight, of ${item.stock}`;
    return [books, ...saySums(item)].join('; ');
  });
  return { holds: drift === 0 && differing.length === 0, drift, detail, differing };
}

async function inspectWhileMoving(redis: Redis, items: readonly ItemUnits[]): Promise<Found> {
  const differing: ItemSums[] = [];
  for (const { itemId, title } of items) {
    if ((await countReservations(redis, itemId)) > COUNTED_AT_ONCE) continue;
    const sums = { itemId, title, ...(await recount(redis, itemId, { set: false })) };
    if (differs(sums)) differing.push(sums);
  }
  if (differing.length === 0) return { holds: true, detail: 'units are moving; compared one by one above', differing };
  const drift = sum(differing, ({ live, held }) => Math.abs(live - held));
  const detail = `units are moving; ${perItem(differing, (item) => saySums(item).join('; '))}`;
  return { holds: false, drift, detail, differing };
}

const differs = ({ live, held, usersDiffering }: ItemSums): boolean => live !== held || usersDiffering > 0;

function saySums({ live, held, usersDiffering }: ItemSums): string[] {
  return [
    ...(live === held ? [] : [`Redis counts ${live} held, its reservations hold ${held}`]),
    ...(usersDiffering === 0 ? [] : [`${usersDiffering} users are counted with other units than their reservations hold`]),
  ];
}

async function explain(context: Parts, item: ItemSums): Promise<Drift> {
  const { itemId, title, held } = item;
  const says = `Item ${itemId} (${title}): ${saySums(item).join('; ')}.`;
  if (await isTooBusy(context, itemId)) {
    const advice =
      'Counting them would block Redis for more than a second. Pause the sale or wait until it has ended, then repair.';
    return { says, advice };
  }
  const does = `recounts item ${itemId} from its reservations, which hold ${held} units, in one step of Redis.`;
  return { says, repair: { kind: 'units', writes: 'redis', does, apply: () => recountUnits(context, itemId) } };
}

async function isTooBusy({ redis, sale, clock }: Parts, itemId: string): Promise<boolean> {
  if (saleStateAt(saleSettings(sale), clock.now()) !== 'LIVE') return false;
  return (await countReservations(redis, itemId)) > COUNTED_WHILE_LIVE;
}

async function countUsersDiffering(redis: Redis, itemId: string, heldBy: Fingerprints): Promise<number> {
  let differing = 0;
  for await (const { userId, units } of readBuyers(redis, itemId)) {
    if (heldBy.isMarked(userId)) continue;
    const held = heldBy.get(userId);
    if (units !== (held ?? 0)) differing += 1;
    // A user may come twice if the hash changes during the scan.
    if (held === undefined) heldBy.set(userId, 0);
    heldBy.mark(userId);
  }
  return differing + heldBy.size - heldBy.marked;
}
