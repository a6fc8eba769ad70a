import { type Prisma, SESSION_LIMITS } from 'seckill-prisma';

/** Lets a transaction of any pool stand still between two statements as long as one that reports: it reads or writes Redis or NATS there. */
export async function allowPauses(tx: Pick<Prisma.TransactionClient, '$queryRaw'>): Promise<void> {
  const pause = `${SESSION_LIMITS.reports.idleInTransactionMs}`;
  await tx.$queryRaw`SELECT set_config('idle_in_transaction_session_timeout', ${pause}, true) AS pause`;
}
