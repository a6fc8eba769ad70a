import {
  clearOutbox,
  type OutboxAge,
  outboxSizes,
  RESERVE_BATCH_LIMIT,
  readOutbox,
  readSales,
  send,
  stockReserved,
  winnersOf,
} from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';

/** A gateway that is alive has published its wins by then. */
const RELAY_AFTER_MS = 3_000;
/** Reservations that are acknowledged before the next ones are published. */
const PORTION = 1_000;
/** Winners in one message: as many as one call of a gateway makes. */
const IN_ONE_MESSAGE = RESERVE_BATCH_LIMIT;
/** Per item and round, so that a long outbox does not delay the other items. */
const MOST_PORTIONS = 20;

type Relay = Pick<WorkerContext, 'redis' | 'publisher' | 'log' | 'metrics'>;

/**
 * Publishes wins that stay in the outbox of any item in the catalogue. Workers that relay the same portion store it once. A slow gateway may have
 * published the same wins in other groups: they are stored twice and become one order each. Returns how many it published.
 */
export async function relayOutbox(parts: Relay): Promise<number> {
  const { redis, metrics } = parts;
  const [seconds, micros] = await redis.time();
  const age = { now: Number(seconds) * 1000 + Math.floor(Number(micros) / 1000), waitedMs: RELAY_AFTER_MS };
  const sales = await readSales(redis);
  const items = sales.flatMap(({ saleId, items }) => items.map(({ itemId }) => ({ saleId, itemId })));
  const sizes = await outboxSizes(
    redis,
    items.map(({ itemId }) => itemId),
  );
  metrics.outboxSize.set(sizes.reduce((sum, size) => sum + size, 0));
  const waiting = items.filter((_, i) => (sizes[i] ?? 0) > 0);
  let relayed = 0;
  for (const { saleId, itemId } of waiting) relayed += await relayItem(parts, saleId, itemId, age);
  return relayed;
}

async function relayItem(
  { redis, publisher, log, metrics }: Relay,
  saleId: string,
  itemId: string,
  age: OutboxAge,
): Promise<number> {
  let relayed = 0;
  for (let portions = 0; portions < MOST_PORTIONS; portions += 1) {
    const entries = await readOutbox(redis, itemId, age, PORTION);
    if (entries.length === 0) break;
    const wins = entries.map((entry) => ({ ...entry, saleId, itemId }));
    const stored: Promise<unknown>[] = [];
    for (let from = 0; from < wins.length; from += IN_ONE_MESSAGE)
      stored.push(send(publisher, stockReserved, winnersOf(wins.slice(from, from + IN_ONE_MESSAGE))));
    await Promise.all(stored);
    await clearOutbox(
      redis,
      itemId,
      entries.map((entry) => entry.reservationId),
    );
    relayed += entries.length;
    metrics.relayed.inc(entries.length);
  }
  if (relayed > 0) log.info({ itemId, relayed }, 'published wins from the outbox');
  return relayed;
}
