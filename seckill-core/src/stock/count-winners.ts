import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';

/** Hex digits that each win appends to the winners' mark. */
const DIGITS = 6;

/** Resolves to the number of wins that Redis has marked for an item, cancelled ones included. It never decreases while the item is on sale. */
export async function countWinners(redis: Redis, itemId: string): Promise<number> {
  return (await redis.strlen(itemKeys(itemId).won)) / DIGITS;
}
