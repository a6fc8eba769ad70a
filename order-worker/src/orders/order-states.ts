import type { RefundOfEvent } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { loadStatement } from '../servers/statement.ts';
import type { OrderState } from './order-state.ts';

const statesStatement = loadStatement(import.meta.url, 'order-states');

type Row = Omit<OrderState, 'reason' | 'refund'> & { reason: string | null; refund: RefundOfEvent | null };

/** Returns those of the orders and rejections that exist, with all that their events say. */
export async function readOrderStates(
  prisma: Pick<PrismaClient, '$queryRawUnsafe'>,
  orderIds: readonly string[],
): Promise<OrderState[]> {
  const rows = await prisma.$queryRawUnsafe<Row[]>(statesStatement, orderIds);
  return rows.map((row) => ({ ...row, reason: row.reason ?? undefined, refund: row.refund ?? undefined }));
}
