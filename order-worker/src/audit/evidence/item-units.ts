import { readItemUnits } from 'seckill-core';
import type { AuditContext } from './audit-context.ts';
import { sum } from './books.ts';

/** An item's units in Redis and in PostgreSQL. */
export interface ItemUnits {
  itemId: string;
  title: string;
  /** PostgreSQL's. */
  stock: number;
  liveOrders: number;
  /** Redis' stock − live. */
  left: number;
  /** Redis'. */
  live: number;
  /** Grows with each win. One win and one cancel leave the sums unchanged although units have moved. */
  wonMark: number;
}

export async function readUnits({ redis, books }: Pick<AuditContext, 'redis' | 'books'>): Promise<ItemUnits[]> {
  return Promise.all(
    (await books.readNow()).map(async ({ itemId, title, stock, liveUnits }) => {
      const inRedis = await readItemUnits(redis, itemId);
      const { live, wonMark } = inRedis;
      return { itemId, title, stock, liveOrders: liveUnits, left: inRedis.stock - live, live, wonMark };
    }),
  );
}

/** Units that can still be won; PostgreSQL's count if Redis has forgotten the sale. */
export async function readStockLeft(context: Pick<AuditContext, 'redis' | 'books' | 'inRedis'>): Promise<number> {
  const units = await readUnits(context);
  return sum(units, (item) => Math.max(0, context.inRedis ? item.left : item.stock - item.liveOrders));
}
