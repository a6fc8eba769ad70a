import type { PrismaClient } from 'seckill-prisma';

/**
 * Counts the sessions that wait for a lock of PostgreSQL now. `statement` is a part of their statement. Takes a client, never a transaction: PostgreSQL
 * shows a transaction the sessions as they were when it first looked.
 */
export async function waitingForLocks(prisma: PrismaClient, statement = ''): Promise<number> {
  const [row] = await prisma.$queryRaw<{ waiting: number }[]>`
    SELECT count(*)::int AS waiting FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND strpos(query, ${statement}) > 0`;
  return row?.waiting ?? 0;
}
