import { randomUUID } from 'node:crypto';
import {
  advance,
  beginRebuild,
  changeItem,
  countReservations,
  differingSettings,
  openItem,
  readItemState,
  readReservations,
  readRunId,
  returnToOutbox,
  type StockReserved,
} from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { saleSettings } from '../sales/sale-views.ts';
import { allowPauses } from '../servers/allow-pauses.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { replayOrders } from './replay-orders.ts';
import { readWaitingReservations } from './waiting-reservations.ts';

/** First of the two numbers of the advisory lock; the second is the item id. */
export const REBUILD_LOCK = 7_325_455;
/** A million orders take about ten seconds. */
const REBUILD_WITHIN_MS = 120_000;

/** The parts that a function needs to bring items in Redis up to date. */
export type ItemKeeper = Pick<WorkerContext, 'prisma' | 'redis' | 'nc' | 'log' | 'metrics'>;

/** `BUSY`: another rebuild of the item is going on. */
export type Rebuilt = 'KNOWN_ALREADY' | 'OPENED' | 'BEGIN_AGAIN' | 'BUSY';

export interface RebuildOptions {
  /** Also rebuilds an item that Redis knows, if its settings there differ from PostgreSQL's. */
  settings?: boolean;
  /** Returns BUSY rather than wait for another rebuild of the item. */
  ifFree?: boolean;
}

/**
 * The one way to put an item on sale in Redis: first opening, lost data, restart, failover to a stale copy. One worker at a time rebuilds an item;
 * until it has finished, no buyer wins. What Redis holds stays, and what is missing or behind is replayed from PostgreSQL and the stream.
 */
export async function rebuildItem(parts: ItemKeeper, itemId: string, options: RebuildOptions = {}): Promise<Rebuilt> {
  return parts.prisma.$transaction(
    async (tx) => {
      await allowPauses(tx);
      if (!(await lockItem(tx, itemId, options))) return 'BUSY';
      return rebuild(parts, tx, itemId, options);
    },
    { maxWait: 10_000, timeout: REBUILD_WITHIN_MS },
  );
}

/** Resolves to false if the lock is taken and this must not wait. */
async function lockItem(tx: Prisma.TransactionClient, itemId: string, { ifFree = false }: RebuildOptions): Promise<boolean> {
  const item = Number.parseInt(itemId, 16);
  const [row] = ifFree
    ? await tx.$queryRaw<{ locked: boolean }[]>`SELECT pg_try_advisory_xact_lock(${REBUILD_LOCK}::int, ${item}::int) AS locked`
    : await tx.$queryRaw<
        { locked: boolean }[]
      >`SELECT true AS locked FROM pg_advisory_xact_lock(${REBUILD_LOCK}::int, ${item}::int)`;
  return row?.locked === true;
}

async function rebuild(
  parts: ItemKeeper,
  tx: Prisma.TransactionClient,
  itemId: string,
  { settings = false }: RebuildOptions,
): Promise<Rebuilt> {
  const { redis, nc, log, metrics } = parts;
  const began = performance.now();
  // Read first: if Redis restarts during the rebuild, the item stays unknown there.
  const runId = await readRunId(redis);
  // Without the sale's other items: reading all of them for each makes publishing a sale quadratic.
  const { sale: saleRow, ...itemRow } = await tx.item.findUniqueOrThrow({ where: { id: itemId }, include: { sale: true } });
  const sale = saleSettings({ ...saleRow, items: [itemRow] });
  const { saleId } = sale;
  const [item] = sale.items;
  if (item === undefined || sale.status === 'DRAFT') return 'KNOWN_ALREADY';
  if ((await readItemState(redis, itemId)).runId === runId) {
    await changeItem(redis, sale, item);
    if (!settings || (await differingSettings(redis, sale, item)).length === 0) return 'KNOWN_ALREADY';
  }
  const mark = randomUUID();
  await beginRebuild(redis, itemId, mark);
  const hadReservations = (await countReservations(redis, itemId)) > 0;
  // The stream before PostgreSQL: a win that leaves the stream in between is an order by then.
  const waiting = await readWaitingReservations(nc, saleId, itemId);
  const orders = await replayOrders(redis, tx, itemId);
  await advance(redis, itemId, 'RESERVED', waiting.map(withoutDeadline));
  // What an empty Redis holds now came from PostgreSQL or the stream.
  const returned = hadReservations ? await returnStranded(redis, itemId, waiting) : 0;
  const replayed = hadReservations || orders > 0 || waiting.length > 0;
  const opened = await openItem(redis, { runId, mark, sale, item, replayed });
  if (!opened) return 'BEGIN_AGAIN';
  metrics.rebuilds.inc();
  const ms = Math.round(performance.now() - began);
  log.info({ itemId, saleId, orders, waiting: waiting.length, returnedToOutbox: returned, ms }, 'the item is on sale in Redis');
  return 'OPENED';
}

const withoutDeadline = ({ reservationId, userId, quantity, reservedAt }: StockReserved) => ({
  reservationId,
  userId,
  quantity,
  reservedAt,
  payBy: 0,
});

/**
 * After the replay, wins that are still RESERVED in Redis have no order. If neither the stream nor the outbox holds them, a stream acknowledged
 * them and has since lost them: they return to the outbox, and the relay publishes them again. Returns how many.
 */
async function returnStranded(redis: ItemKeeper['redis'], itemId: string, waiting: readonly StockReserved[]): Promise<number> {
  const inStream = new Set(waiting.map((each) => each.reservationId));
  let returned = 0;
  for await (const portion of readReservations(redis, itemId)) {
    const stranded = portion.filter((each) => each.status === 'RESERVED' && !inStream.has(each.reservationId));
    returned += (await returnToOutbox(redis, itemId, stranded)).length;
  }
  return returned;
}
