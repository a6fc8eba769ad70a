import type { PrismaClient } from 'seckill-prisma';

/** Stores that orders are due, and that their checkouts have to be closed before they are cancelled. Idempotent. */
export async function wantClosing(prisma: PrismaClient, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await prisma.$executeRaw`
    INSERT INTO closing_orders (order_id)
    SELECT unnest(${[...orderIds].sort()}::uuid[])
    ON CONFLICT DO NOTHING`;
}
