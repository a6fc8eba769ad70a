import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';

/** Ids in the item's outbox that have waited since before `wonBefore` (ms), oldest first, at most `limit`. */
export function readOutboxIds(redis: Redis, itemId: string, wonBefore: number, limit: number): Promise<string[]> {
  return redis.zrangebyscore(itemKeys(itemId).outbox, '-inf', wonBefore, 'LIMIT', 0, limit);
}

/** Resolves to those of the ids that are in the item's outbox. */
export async function findInOutbox(redis: Redis, itemId: string, reservationIds: readonly string[]): Promise<Set<string>> {
  if (reservationIds.length === 0) return new Set();
  const scores = await redis.zmscore(itemKeys(itemId).outbox, ...reservationIds);
  return new Set(reservationIds.filter((_, i) => scores[i] != null));
}

/**
 * Puts reservations back into the item's outbox, from where the relay publishes them. `reservedAt` (ms) is their place; an entry that
 * is already there keeps its own. Resolves to the ids that were added.
 */
export async function returnToOutbox(
  redis: Redis,
  itemId: string,
  reservations: readonly { reservationId: string; reservedAt: number }[],
): Promise<string[]> {
  const { outbox } = itemKeys(itemId);
  const added = await Promise.all(
    reservations.map(({ reservationId, reservedAt }) => redis.zadd(outbox, 'NX', reservedAt, reservationId)),
  );
  return reservations.filter((_, i) => Number(added[i]) === 1).map(({ reservationId }) => reservationId);
}

/** The redis-cli command that removes an entry from the outbox, for an operator to type. */
export const outboxRemovalCommand = (itemId: string, reservationId: string): string =>
  `ZREM "${itemKeys(itemId).outbox}" ${reservationId}`;
