import { clearOutbox, outboxSize, readOutbox, readSales, send, stockReserved } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';

/** Younger ones are in the hands of a gateway that lives. */
export const RELAY_AFTER_MS = 3_000;
/** Reservations published at once; all are acknowledged before the next. */
const PORTION = 1_000;
/** Of one item in one round, so that a long outbox does not keep the others waiting. */
const MOST_PORTIONS = 20;

/**
 * Publishes what stays in the outbox of every item in the catalogue, under the reservation's id, so that several workers at once, or a gateway that
 * was only slow, store it once. Answers how many it published.
 */
export async function relayOutbox(context: WorkerContext): Promise<number> {
  const { redis, metrics } = context;
  const [seconds, micros] = await redis.time();
  const wonBefore = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000) - RELAY_AFTER_MS;
  let relayed = 0;
  let waiting = 0;
  for (const sale of await readSales(redis)) {
    for (const { itemId } of sale.items) {
      const size = await outboxSize(redis, itemId);
      waiting += size;
      if (size > 0) relayed += await relayItem(context, sale.saleId, itemId, wonBefore);
    }
  }
  metrics.outboxSize.set(waiting);
  metrics.relayed.inc(relayed);
  return relayed;
}

async function relayItem(context: WorkerContext, saleId: string, itemId: string, wonBefore: number): Promise<number> {
  const { redis, publisher, log } = context;
  let relayed = 0;
  for (let portions = 0; portions < MOST_PORTIONS; portions += 1) {
    const entries = await readOutbox(redis, itemId, wonBefore, PORTION);
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
  }
  if (relayed > 0) log.info({ itemId, relayed }, 'published what stayed in the outbox');
  return relayed;
}
