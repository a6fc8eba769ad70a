import type { Overview } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';

export type OrderCounts = Overview['sales'][number]['orders'];

export const NO_ORDERS: OrderCounts = { pendingPayment: 0, paid: 0, cancelled: 0, refunded: 0, rejected: 0 };

/** The orders and rejections of each sale, from the counts that PostgreSQL keeps: a few rows of each item, however many orders it has. */
export async function countOrders(prisma: PrismaClient, saleIds: readonly string[]): Promise<Map<string, OrderCounts>> {
  const rows = await prisma.$queryRaw<(OrderCounts & { saleId: string })[]>`
    SELECT i.sale_id AS "saleId",
      coalesce(sum(c.orders) FILTER (WHERE c.status = 'PENDING_PAYMENT'), 0)::int AS "pendingPayment",
      coalesce(sum(c.orders) FILTER (WHERE c.status = 'PAID'), 0)::int AS paid,
      coalesce(sum(c.orders) FILTER (WHERE c.status = 'CANCELLED'), 0)::int AS cancelled,
      coalesce(sum(c.orders) FILTER (WHERE c.status = 'REFUNDED'), 0)::int AS refunded,
      coalesce(sum(c.orders) FILTER (WHERE c.status = 'REJECTED'), 0)::int AS rejected
    FROM items i JOIN order_counts c ON c.item_id = i.id
    WHERE i.sale_id = ANY (${saleIds}::uuid[])
    GROUP BY i.sale_id`;
  return new Map(rows.map(({ saleId, ...counts }) => [saleId, counts]));
}
