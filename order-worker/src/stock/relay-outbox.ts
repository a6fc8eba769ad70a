import { clearOutbox, type OutboxAge, outboxSizes, readOutbox, readSales, send, stockReserved } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';

/** A gateway that is alive has published its wins by then. */
const RELAY_AFTER_MS = 3_000;
/** Reservations per batch; all are acknowledged before the next batch is published. */
const PORTION = 1_000;
/** Per item and round, so that a long outbox does not delay the other items. */
const MOST_PORTIONS = 20;

type Relay = Pick<WorkerContext, 'redis' | 'publisher' | 'log' | 'metrics'>;

/**
 * Publishes wins that stay in the outbox of any item in the catalogue. Their message id is the reservation's id, so they are stored once even if
 * several workers, or a slow gateway, publish them too. Returns how many it published.
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
    await Promise.all(
      entries.map(({ reservationId, userId, quantity, reservedAt }) =>
        send(publisher, stockReserved, { reservationId, saleId, itemId, userId, quantity, reservedAt }),
      ),
    );
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
