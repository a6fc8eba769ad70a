import { randomUUID } from 'node:crypto';
import {
  advance,
  beginRebuild,
  changeItem,
  itemKeys,
  openItem,
  readReservations,
  readRunId,
  type StockReserved,
} from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { readSaleRow, saleSettings } from '../sales/sale-views.ts';
import type { WorkerContext } from '../worker-context.ts';
import { differingSettings } from './differing-settings.ts';
import { replayOrders } from './replay-orders.ts';
import { readWaitingReservations } from './waiting-reservations.ts';

/** First of the two numbers of the advisory lock; the second is the item's. */
export const REBUILD_LOCK = 7_325_455;
/** A million orders take about ten seconds. */
const REBUILD_WITHIN_MS = 120_000;

export type Rebuilt = 'KNOWN_ALREADY' | 'OPENED' | 'BEGIN_AGAIN';

export interface RebuildOptions {
  /** Also an item that Redis knows, where its settings there are not those of PostgreSQL. */
  settings?: boolean;
}

/**
 * The one way to put an item on sale in Redis: first opening, lost data, restart, failover to a stale copy. One worker at a time;
 * until it is done nobody wins. What Redis holds stays, and what is missing or behind is replayed from PostgreSQL and the stream.
 */
export async function rebuildItem(context: WorkerContext, itemId: string, options: RebuildOptions = {}): Promise<Rebuilt> {
  return context.prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT 1 AS locked FROM pg_advisory_xact_lock(${REBUILD_LOCK}::int, ${Number.parseInt(itemId, 16)}::int)`;
      return rebuild(context, tx, itemId, options);
    },
    { maxWait: 10_000, timeout: REBUILD_WITHIN_MS },
  );
}

async function rebuild(
  context: WorkerContext,
  tx: Prisma.TransactionClient,
  itemId: string,
  { settings = false }: RebuildOptions,
): Promise<Rebuilt> {
  const { redis, nc, log, metrics } = context;
  const began = performance.now();
  // First of all: should Redis be restarted further on, the item stays unknown there.
  const runId = await readRunId(redis);
  const { saleId } = await tx.item.findUniqueOrThrow({ where: { id: itemId }, select: { saleId: true } });
  const sale = saleSettings(await readSaleRow(tx, saleId));
  const item = sale.items.find((each) => each.itemId === itemId);
  if (item === undefined || sale.status === 'DRAFT') return 'KNOWN_ALREADY';
  if ((await redis.hget(itemKeys(itemId).item, 'runId')) === runId) {
    await changeItem(redis, sale, item);
    if (!settings || (await differingSettings(redis, sale, item)).length === 0) return 'KNOWN_ALREADY';
  }
  const mark = randomUUID();
  await beginRebuild(redis, itemId, mark);
  // The stream before PostgreSQL: a win that leaves the stream in between is an order by then.
  const waiting = await readWaitingReservations(nc, saleId, itemId);
  const orders = await replayOrders(context, tx, itemId);
  await advance(redis, itemId, 'RESERVED', waiting.map(withoutDeadline));
  const returned = await returnToOutbox(context, itemId, waiting);
  const opened = await openItem(redis, { runId, mark, sale, item });
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
 * Wins that Redis holds as RESERVED after the replay have no order. Those that neither the stream nor the outbox holds were acknowledged
 * by a stream that lost them since: back to the outbox, so that the relay publishes them again.
 */
async function returnToOutbox(
  { redis }: Pick<WorkerContext, 'redis'>,
  itemId: string,
  waiting: readonly StockReserved[],
): Promise<number> {
  const inStream = new Set(waiting.map((each) => each.reservationId));
  let returned = 0;
  for await (const portion of readReservations(redis, itemId)) {
    const stranded = portion.filter((each) => each.status === 'RESERVED' && !inStream.has(each.reservationId));
    if (stranded.length === 0) continue;
    const entries = stranded.flatMap((each) => [each.reservedAt, each.reservationId]);
    // NX: those that wait there keep their place.
    returned += Number(await redis.zadd(itemKeys(itemId).outbox, 'NX', ...entries));
  }
  return returned;
}
