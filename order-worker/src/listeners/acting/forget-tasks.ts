import type { PrismaClient } from 'seckill-prisma';

/** As long as SECKILL_ORDERS keeps an event. */
const KEPT_DAYS = 30;
/** Rows in one statement. */
const PORTION = 5_000;

/**
 * Deletes tasks that listeners finished so long ago that their event is no longer in the stream. Dead ones stay until an operator deals with them. Text
 * messages of that age count for no limit any more.
 */
export async function forgetTasks(prisma: PrismaClient): Promise<void> {
  let rows: number;
  do {
    rows = await prisma.$executeRaw`
      DELETE FROM listener_tasks
      WHERE id = ANY (ARRAY(
        SELECT id FROM listener_tasks WHERE state = 'DONE' AND finished_at < statement_timestamp() - make_interval(days => ${KEPT_DAYS}::int)
        LIMIT ${PORTION}
      ))`;
  } while (rows === PORTION);
  await prisma.$executeRaw`DELETE FROM sms_messages WHERE sent_at < statement_timestamp() - make_interval(days => ${KEPT_DAYS}::int)`;
}
