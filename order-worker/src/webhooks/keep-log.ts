import type { PrismaClient } from 'seckill-prisma';
import { laneOf } from './webhook-lane.ts';
import type { WebhookSettings } from './webhook-settings.ts';

/** Rows in one statement. */
const PORTION = 5_000;

/**
 * Gives up what has waited too long for endpoints that are paused or disabled, and deletes deliveries that ended so long ago that the log does not show
 * them any more, and those of deleted endpoints.
 */
export async function keepLog(prisma: PrismaClient, { giveUpAfterMs, logForMs }: WebhookSettings): Promise<void> {
  const endpoints = await prisma.webhookEndpoint.findMany({ select: { id: true, state: true, deletedAt: true } });
  for (const { id, state, deletedAt } of endpoints) {
    const lane = laneOf(id);
    if (state !== 'ACTIVE' && deletedAt === null) await inPortions(() => giveUp(prisma, lane, giveUpAfterMs / 1_000));
    await inPortions(() => (deletedAt === null ? forget(prisma, lane, logForMs / 1_000) : forgetAll(prisma, lane)));
    // Events that were under way when it was deleted are there by now.
    const isOld = deletedAt !== null && Date.now() - deletedAt.getTime() > 60_000;
    if (isOld) await prisma.webhookEndpoint.deleteMany({ where: { id } });
  }
}

async function inPortions(statement: () => Promise<number>): Promise<void> {
  while ((await statement()) === PORTION);
}

const GIVEN_UP = JSON.stringify([{ ok: false, error: 'It waited too long for the endpoint to be enabled.' }]);

const giveUp = (prisma: PrismaClient, lane: string, seconds: number): Promise<number> => prisma.$executeRaw`
  UPDATE listener_tasks SET state = 'DEAD', finished_at = clock_timestamp(), history = history || ${GIVEN_UP}::jsonb
  WHERE id = ANY (ARRAY(
    SELECT id FROM listener_tasks
    WHERE lane = ${lane} AND state IN ('HELD', 'WAITING') AND coalesce(replayed_at, created_at) < statement_timestamp() - make_interval(secs => ${seconds}::float8)
    LIMIT ${PORTION}
  ))`;

const forget = (prisma: PrismaClient, lane: string, seconds: number): Promise<number> => prisma.$executeRaw`
  DELETE FROM listener_tasks
  WHERE id = ANY (ARRAY(
    SELECT id FROM listener_tasks
    WHERE lane = ${lane} AND created_at < statement_timestamp() - make_interval(secs => ${seconds}::float8) AND state IN ('DONE', 'DEAD')
      AND finished_at < statement_timestamp() - make_interval(secs => ${seconds}::float8)
    ORDER BY created_at
    LIMIT ${PORTION}
  ))`;

const forgetAll = (prisma: PrismaClient, lane: string): Promise<number> => prisma.$executeRaw`
  DELETE FROM listener_tasks WHERE id = ANY (ARRAY(SELECT id FROM listener_tasks WHERE lane = ${lane} LIMIT ${PORTION}))`;
