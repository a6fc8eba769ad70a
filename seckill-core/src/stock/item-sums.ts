import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';
import { scanHash } from './scan-hash.ts';

/** Hex digits that each win appends to the winners' mark. */
export const WINNER_DIGITS = 6;

/** Resolves to the number of an item's reservations in Redis, in every state. */
export function countReservations(redis: Redis, itemId: string): Promise<number> {
  return redis.hlen(itemKeys(itemId).reservations);
}

/** Yields the live units that Redis counts for each user of an item. A user may be yielded twice if the hash changes during the scan. */
export async function* readBuyers(redis: Redis, itemId: string): AsyncGenerator<{ userId: string; units: number }> {
  for await (const pairs of scanHash(redis, itemKeys(itemId).buyers)) {
    for (const [userId, units] of pairs) yield { userId, units: Number(units) };
  }
}

/** Resolves to the number of wins that Redis has marked for an item, cancelled ones included. It never decreases while the item is on sale. */
export async function countWinners(redis: Redis, itemId: string): Promise<number> {
  return (await redis.strlen(itemKeys(itemId).won)) / WINNER_DIGITS;
}
