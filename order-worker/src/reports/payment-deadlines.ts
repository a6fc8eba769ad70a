import { DEADLINE_SLICES, type Overview } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';

type Deadlines = NonNullable<Overview['sales'][number]['deadlines']>;

/**
 * Reads when the unpaid orders of each sale fall due, on PostgreSQL's clock, which also cancels them. Sales without unpaid orders are missing.
 * Uses only the partial index of unpaid orders: 100 000 orders, 1 000 of them unpaid, cost as much as 1 000.
 */
export async function readDeadlines(prisma: PrismaClient, saleIds: string[]): Promise<Map<string, Deadlines>> {
  const rows = await prisma.$queryRaw<{ saleId: string; slice: number; orders: number; next: Date }[]>`
    SELECT s.id AS "saleId", count(*)::int AS orders, min(o.pay_by) AS next,
      least(${DEADLINE_SLICES} - 1, greatest(0, floor(
        extract(epoch FROM o.pay_by - now()) * ${DEADLINE_SLICES} / s.pay_timeout_seconds)))::int AS slice
    FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = i.sale_id
    WHERE o.status = 'PENDING_PAYMENT' AND s.id = ANY (${saleIds}::uuid[])
    GROUP BY s.id, 4`;
  const deadlines = new Map<string, Deadlines>();
  for (const { saleId, slice, orders, next } of rows) {
    const known = deadlines.get(saleId) ?? { next: next.toISOString(), ahead: new Array<number>(DEADLINE_SLICES).fill(0) };
    known.ahead[slice] = orders;
    if (next.getTime() < Date.parse(known.next)) known.next = next.toISOString();
    deadlines.set(saleId, known);
  }
  return deadlines;
}
