import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';

/** Resolves to the number of an item's reservations in Redis, in every state. */
export function countReservations(redis: Redis, itemId: string): Promise<number> {
  return redis.hlen(itemKeys(itemId).reservations);
}

/** Yields the live units that Redis counts for each user of an item. A user may be yielded twice if the hash changes during the scan. */
export async function* readBuyers(redis: Redis, itemId: string): AsyncGenerator<{ userId: string; units: number }> {
  let cursor = '0';
  do {
    const [next, flat] = await redis.hscan(itemKeys(itemId).buyers, cursor, 'COUNT', 1000);
    for (let i = 0; i + 1 < flat.length; i += 2) yield { userId: flat[i] ?? '', units: Number(flat[i + 1]) };
    cursor = next;
  } while (cursor !== '0');
}
