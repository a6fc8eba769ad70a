import type { PrismaClient } from 'seckill-prisma';

/** Makes an unpaid order due now. Returns its new `payBy` in ms, or undefined if it was not unpaid. */
export async function fallDue(prisma: PrismaClient, orderId: string): Promise<number | undefined> {
  const [row] = await prisma.$queryRaw<{ dueAt: number }[]>`
    UPDATE orders SET pay_by = date_trunc('milliseconds', clock_timestamp())
    WHERE id = ${orderId}::uuid AND status = 'PENDING_PAYMENT'
    RETURNING (extract(epoch FROM pay_by) * 1000)::float8 AS "dueAt"`;
  return row === undefined ? undefined : Math.round(row.dueAt);
}
