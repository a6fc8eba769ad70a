import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';

/** What Redis counts for an item, in units. */
export interface ItemUnits {
  /** Total stock; 0 if Redis does not know the item. */
  stock: number;
  /** Units of live reservations. Left = stock − live. */
  live: number;
  /** Length of the winners' mark: grows with every win and never shrinks while the item is on sale. */
  wonMark: number;
}

/** Reads an item's counters; all are 0 if Redis does not know the item. */
export async function readItemUnits(redis: Redis, itemId: string): Promise<ItemUnits> {
  const { item, won } = itemKeys(itemId);
  const [[stock, live], wonMark] = await Promise.all([redis.hmget(item, 'stock', 'live'), redis.strlen(won)]);
  return { stock: Number(stock ?? 0), live: Number(live ?? 0), wonMark };
}

/** Resolves to true if the item was opened on the Redis process `runId`; otherwise its stock is unknown and every attempt fails closed. */
export async function isItemKnown(redis: Redis, itemId: string, runId: string): Promise<boolean> {
  return (await redis.hget(itemKeys(itemId).item, 'runId')) === runId;
}
