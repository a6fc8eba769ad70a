import type { PrismaClient } from 'seckill-prisma';
import { loadStatement } from '../servers/statement.ts';

const salesStatement = loadStatement(import.meta.url, 'sales-to-audit');

/** So many labels a metric may have. */
const MOST_SALES = 50;

export async function salesToAudit(prisma: PrismaClient): Promise<string[]> {
  const rows = await prisma.$queryRawUnsafe<{ saleId: string }[]>(salesStatement, MOST_SALES);
  return rows.map(({ saleId }) => saleId);
}
