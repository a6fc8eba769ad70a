import type { Redis } from 'ioredis';
import { inOneWrite } from './in-one-write.ts';
import { itemKeys } from './keys.ts';
import { parseReservationRecord, type ReservationRecord } from './record.ts';

/** Removes reservations that JetStream has acknowledged. */
export async function clearOutbox(redis: Redis, itemId: string, reservationIds: readonly string[]): Promise<void> {
  if (reservationIds.length > 0) await redis.zrem(itemKeys(itemId).outbox, ...reservationIds);
}

/** Which entries of an outbox to read. Times in ms on Redis's clock. */
export interface OutboxAge {
  now: number;
  waitedMs: number;
}

/** Wins made since `now` was read are ahead of it by less. */
const AHEAD_MS = 10_000;

/** Ids in the item's outbox that have waited for so long, oldest first, at most `limit`. An entry of the future counts: the clock stepped back. */
export async function readOutboxIds(
  redis: Redis,
  itemId: string,
  { now, waitedMs }: OutboxAge,
  limit: number,
): Promise<string[]> {
  const { outbox } = itemKeys(itemId);
  const ids = await redis.zrangebyscore(outbox, '-inf', now - waitedMs, 'LIMIT', 0, limit);
  if (ids.length === limit) return ids;
  return [...ids, ...(await redis.zrangebyscore(outbox, now + AHEAD_MS, '+inf', 'LIMIT', 0, limit - ids.length))];
}

/** Reads the oldest reservations that have waited for so long, at most `limit`. */
export async function readOutbox(
  redis: Redis,
  itemId: string,
  age: OutboxAge,
  limit: number,
): Promise<(ReservationRecord & { reservationId: string })[]> {
  const ids = await readOutboxIds(redis, itemId, age, limit);
  if (ids.length === 0) return [];
  const records = await redis.hmget(itemKeys(itemId).reservations, ...ids);
  return ids.flatMap((reservationId, i) => {
    const record = records[i];
    return record ? [{ reservationId, ...parseReservationRecord(record) }] : [];
  });
}

/** Reads {@link outboxSize} of many items at once, in their order. */
export function outboxSizes(redis: Redis, itemIds: readonly string[]): Promise<number[]> {
  return Promise.all(inOneWrite(redis, () => itemIds.map((itemId) => outboxSize(redis, itemId))));
}

/** Reads how many reservations of the item wait for JetStream. */
export function outboxSize(redis: Redis, itemId: string): Promise<number> {
  return redis.zcard(itemKeys(itemId).outbox);
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
