import type { WorkerContext } from '../../servers/worker-context.ts';

/** Keeps the gauges of events that are not published yet up to date. */
export async function measureWaiting({ prisma, metrics }: Pick<WorkerContext, 'prisma' | 'metrics'>): Promise<void> {
  const [waiting] = await prisma.$queryRaw<[{ events: number; oldest: number }]>`
    SELECT count(*)::int AS events, coalesce(date_part('epoch', clock_timestamp() - min(happened_at)), 0) AS oldest FROM waiting_events`;
  metrics.waitingEvents.set(waiting.events);
  metrics.waitingOldest.set(waiting.oldest);
}
