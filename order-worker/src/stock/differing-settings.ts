import type { Redis } from 'ioredis';
import { type ItemSettings, itemFields, itemKeys, type SaleSettings } from 'seckill-core';

export interface DifferingSetting {
  field: string;
  redis: string;
  postgres: string;
}

/** What Redis says otherwise of an item on sale than PostgreSQL. `version` among them where Redis is ahead: then it is right, and PostgreSQL may be old. */
export async function differingSettings(redis: Redis, sale: SaleSettings, item: ItemSettings): Promise<DifferingSetting[]> {
  const fields = Object.entries(itemFields(sale, item));
  const inRedis = await redis.hmget(itemKeys(item.itemId).item, ...fields.map(([field]) => field));
  return fields.flatMap(([field, wanted], i) =>
    inRedis[i] === String(wanted) ? [] : [{ field, redis: inRedis[i] ?? 'nothing', postgres: String(wanted) }],
  );
}
