import { countWinners, readItemState } from 'seckill-core';
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
  /** Wins so far: one win and one cancel leave the sums unchanged although units have moved. */
  winners: number;
}

export async function readUnits({ redis, books }: Pick<AuditContext, 'redis' | 'books'>): Promise<ItemUnits[]> {
  return Promise.all(
    (await books.readNow()).map(async ({ itemId, title, stock, liveUnits }) => {
      const { stock: inRedis = 0, live = 0 } = await readItemState(redis, itemId);
      const winners = await countWinners(redis, itemId);
      return { itemId, title, stock, liveOrders: liveUnits, left: inRedis - live, live, winners };
    }),
  );
}

/** Units that can still be won; PostgreSQL's count if Redis has forgotten the sale. */
export async function readStockLeft(context: Pick<AuditContext, 'redis' | 'books' | 'inRedis'>): Promise<number> {
  const units = await readUnits(context);
  return sum(units, (item) => Math.max(0, context.inRedis ? item.left : item.stock - item.liveOrders));
}
