import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';
import { parseReservationRecord, type ReservationRecord } from './record.ts';

/** Removes reservations that JetStream has acknowledged. */
export async function clearOutbox(redis: Redis, itemId: string, reservationIds: readonly string[]): Promise<void> {
  if (reservationIds.length > 0) await redis.zrem(itemKeys(itemId).outbox, ...reservationIds);
}

/** Reads the oldest reservations won before `wonBefore` (ms), at most `limit`. */
export async function readOutbox(
  redis: Redis,
  itemId: string,
  wonBefore: number,
  limit: number,
): Promise<(ReservationRecord & { reservationId: string })[]> {
  const keys = itemKeys(itemId);
  const ids = await redis.zrangebyscore(keys.outbox, '-inf', wonBefore, 'LIMIT', 0, limit);
  if (ids.length === 0) return [];
  const records = await redis.hmget(keys.reservations, ...ids);
  return ids.flatMap((reservationId, i) => {
    const record = records[i];
    return record ? [{ reservationId, ...parseReservationRecord(record) }] : [];
  });
}

/** Reads how many reservations of the item wait for JetStream. */
export function outboxSize(redis: Redis, itemId: string): Promise<number> {
  return redis.zcard(itemKeys(itemId).outbox);
}
