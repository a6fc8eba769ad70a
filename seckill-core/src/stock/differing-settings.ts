import type { Redis } from 'ioredis';
import type { ItemSettings, SaleSettings } from '../domain/sale.ts';
import { itemKeys } from './keys.ts';
import { itemFields } from './open-item.ts';

export interface DifferingSetting {
  field: string;
  redis: string;
  postgres: string;
}

/**
 * Compares an item's settings in Redis with `sale` and `item` as read from PostgreSQL. If Redis has a newer version, `version` is among the
 * differences: Redis is then right, and what was read from PostgreSQL may be old. Rejects with ioredis's error if Redis does not answer.
 */
export async function differingSettings(redis: Redis, sale: SaleSettings, item: ItemSettings): Promise<DifferingSetting[]> {
  const fields = Object.entries(itemFields(sale, item));
  const inRedis = await redis.hmget(itemKeys(item.itemId).item, ...fields.map(([field]) => field));
  return fields.flatMap(([field, wanted], i) =>
    inRedis[i] === String(wanted) ? [] : [{ field, redis: inRedis[i] ?? 'nothing', postgres: String(wanted) }],
  );
}
