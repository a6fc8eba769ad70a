import type { PrismaClient } from 'seckill-prisma';
import { loadStatement } from '../../../servers/statement.ts';

const lockItems = loadStatement(new URL('../../../orders/', import.meta.url).href, 'lock-items');
const correctStatement = loadStatement(import.meta.url, 'correct-sold');

/** Sets the column to the sum of the live orders. Resolves to the item if its column was wrong. */
export async function correctSold(prisma: PrismaClient, itemId: string): Promise<string[]> {
  const [, corrected] = await prisma.$transaction([
    prisma.$queryRawUnsafe(lockItems, [itemId]),
    prisma.$queryRawUnsafe<{ itemId: string }[]>(correctStatement, itemId),
  ]);
  return corrected.map((row) => row.itemId);
}
