import { loadStatement } from '../../servers/statement.ts';
import type { AuditContext } from '../audit-context.ts';

const lockItems = loadStatement(new URL('../../orders/', import.meta.url).href, 'lock-items');
const correctStatement = loadStatement(import.meta.url, 'correct-sold');

/** The column is nothing but the sum of the live orders, so they say what it must be. */
export async function correctSold({ prisma }: AuditContext, itemId: string): Promise<string[]> {
  const [, corrected] = await prisma.$transaction([
    prisma.$queryRawUnsafe(lockItems, [itemId]),
    prisma.$queryRawUnsafe<{ itemId: string }[]>(correctStatement, itemId),
  ]);
  return corrected.map((row) => row.itemId);
}
