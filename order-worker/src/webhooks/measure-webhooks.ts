import type { WorkerContext } from '../servers/worker-context.ts';

/** Shorter failures are usual. */
const FAILING_AFTER_SECONDS = 300;

interface Counted {
  active: number;
  paused: number;
  disabled: number;
  /** Active ones that have accepted nothing for minutes. */
  failing: number;
  /** For how long the one that fails for longest has accepted nothing, seconds. */
  failingSeconds: number;
}

/** Counts the endpoints by state. */
export async function countWebhooks(prisma: WorkerContext['prisma']): Promise<Counted> {
  const [counted] = await prisma.$queryRaw<[Counted]>`
    SELECT (count(*) FILTER (WHERE state = 'ACTIVE'))::int AS active, (count(*) FILTER (WHERE state = 'PAUSED'))::int AS paused,
      (count(*) FILTER (WHERE state = 'DISABLED'))::int AS disabled,
      (count(*) FILTER (WHERE state = 'ACTIVE'
        AND failing_since < clock_timestamp() - make_interval(secs => ${FAILING_AFTER_SECONDS}::float8)))::int AS failing,
      coalesce(max(date_part('epoch', clock_timestamp() - failing_since)) FILTER (WHERE state = 'ACTIVE'), 0) AS "failingSeconds"
    FROM webhook_endpoints WHERE deleted_at IS NULL`;
  return counted;
}

/** Keeps the gauges of the webhook endpoints up to date. */
export async function measureWebhooks({ prisma, metrics }: Pick<WorkerContext, 'prisma' | 'metrics'>): Promise<void> {
  const { active, paused, disabled, failingSeconds } = await countWebhooks(prisma);
  for (const [state, count] of Object.entries({ active, paused, disabled })) metrics.webhooks.set({ state }, count);
  metrics.webhookFailing.set(failingSeconds);
}
