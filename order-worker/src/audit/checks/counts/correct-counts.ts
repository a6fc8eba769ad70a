import type { PrismaClient } from 'seckill-prisma';
import { loadStatement } from '../../../servers/statement.ts';

const lockItems = loadStatement(new URL('../../../orders/', import.meta.url).href, 'lock-items');
const correctStatement = loadStatement(import.meta.url, 'correct-counts');

/** Brings the counts of an item's orders and rejections to what the rows are. Resolves to the item if a count was wrong. */
export async function correctCounts(prisma: PrismaClient, itemId: string): Promise<string[]> {
  const [, corrected] = await prisma.$transaction([
    prisma.$queryRawUnsafe(lockItems, [itemId]),
    prisma.$queryRawUnsafe<{ itemId: string }[]>(correctStatement, itemId),
  ]);
  return [...new Set(corrected.map((row) => row.itemId))];
}
