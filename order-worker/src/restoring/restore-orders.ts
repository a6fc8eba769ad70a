import type { PrismaClient } from 'seckill-prisma';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { loadStatement } from '../servers/statement.ts';
import type { Lost, LostOrder } from './find-lost.ts';

const lockItems = loadStatement(new URL('../orders/', import.meta.url).href, 'lock-items');
const correctSold = loadStatement(new URL('../audit/checks/sold/', import.meta.url).href, 'correct-sold');
const ordersStatement = loadStatement(import.meta.url, 'restore-orders');
const rejectionsStatement = loadStatement(import.meta.url, 'restore-rejections');

/** Rows in one transaction. */
const PORTION = 2_000;

/** Writes the lost orders and rejections, with the items' sold columns. Yields the ids of each transaction. */
export async function* restoreOrders(prisma: PrismaClient, { orders, rejections }: Lost): AsyncGenerator<string[]> {
  // Cancels first: their units may belong to the orders that live.
  const inOrder = [...orders.values()].toSorted((a, b) => Number(a.cancelledAt === null) - Number(b.cancelledAt === null));
  for (let from = 0; from < inOrder.length; from += PORTION) {
    yield await restorePortion(prisma, inOrder.slice(from, from + PORTION));
  }
  const rejected = [...rejections.values()];
  for (let from = 0; from < rejected.length; from += PORTION) {
    const portion = JSON.stringify(rejected.slice(from, from + PORTION));
    yield idsOf(await prisma.$queryRawUnsafe<Row[]>(rejectionsStatement, portion));
  }
}

interface Row {
  id: string;
}

const idsOf = (rows: readonly Row[]): string[] => rows.map(({ id }) => id);

function restorePortion(prisma: PrismaClient, orders: readonly LostOrder[]): Promise<string[]> {
  const items = [...new Set(orders.map(({ itemId }) => itemId))].sort();
  return retryOnConflict(async () => {
    const [, restored] = await prisma.$transaction([
      prisma.$queryRawUnsafe(lockItems, items),
      prisma.$queryRawUnsafe<Row[]>(ordersStatement, JSON.stringify(orders)),
      ...items.map((itemId) => prisma.$queryRawUnsafe(correctSold, itemId)),
    ]);
    return idsOf(restored as Row[]);
  });
}
