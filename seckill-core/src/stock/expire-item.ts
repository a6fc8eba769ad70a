import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';

/**
 * Lets Redis forget an item and its reservations after `seconds`. The outbox stays: a win in it must reach JetStream whenever it is found.
 * Rejects with ioredis's error if Redis does not answer.
 */
export async function expireItem(redis: Redis, itemId: string, seconds: number): Promise<void> {
  const { item, reservations, buyers, won, pauses } = itemKeys(itemId);
  await Promise.all([item, reservations, buyers, won, pauses].map((key) => redis.expire(key, seconds)));
}
