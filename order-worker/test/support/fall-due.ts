import type { PrismaClient } from 'seckill-prisma';

/** The unpaid order's time to pay is over now. Answers when that was, ms as its deadline says it; undefined where it was not unpaid. */
export async function fallDue(prisma: PrismaClient, orderId: string): Promise<number | undefined> {
  const [row] = await prisma.$queryRaw<{ dueAt: number }[]>`
    UPDATE orders SET pay_by = date_trunc('milliseconds', clock_timestamp())
    WHERE id = ${orderId}::uuid AND status = 'PENDING_PAYMENT'
    RETURNING (extract(epoch FROM pay_by) * 1000)::float8 AS "dueAt"`;
  return row === undefined ? undefined : Math.round(row.dueAt);
}
