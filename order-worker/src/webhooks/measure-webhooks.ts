import type { WorkerContext } from '../servers/worker-context.ts';

/** Keeps the gauges of the webhook endpoints up to date. */
export async function measureWebhooks({ prisma, metrics }: Pick<WorkerContext, 'prisma' | 'metrics'>): Promise<void> {
  const [counts] = await prisma.$queryRaw<{ active: number; paused: number; disabled: number; failing: number }[]>`
    SELECT (count(*) FILTER (WHERE state = 'ACTIVE'))::int AS active, (count(*) FILTER (WHERE state = 'PAUSED'))::int AS paused,
      (count(*) FILTER (WHERE state = 'DISABLED'))::int AS disabled,
      coalesce(max(date_part('epoch', clock_timestamp() - failing_since)) FILTER (WHERE state = 'ACTIVE'), 0) AS failing
    FROM webhook_endpoints WHERE deleted_at IS NULL`;
  const { active = 0, paused = 0, disabled = 0, failing = 0 } = counts ?? {};
  for (const [state, count] of Object.entries({ active, paused, disabled })) metrics.webhooks.set({ state }, count);
  metrics.webhookFailing.set(failing);
}
