import type { WorkerContext } from '../servers/worker-context.ts';

interface Measured {
  running: number;
  compensating: number;
  /** Seconds. */
  oldest: number;
}

/** Reads the index of open sagas only. */
async function countOpen({ prisma }: Pick<WorkerContext, 'prisma'>): Promise<Measured> {
  const [measured] = await prisma.$queryRaw<[Measured]>`
    SELECT (count(*) FILTER (WHERE state = 'RUNNING'))::float8 AS running, (count(*) FILTER (WHERE state = 'COMPENSATING'))::float8 AS compensating,
      coalesce(date_part('epoch', clock_timestamp() - min(created_at) FILTER (WHERE state = 'RUNNING')), 0) AS oldest
    FROM sagas WHERE step IS NOT NULL`;
  return measured;
}

export const countStuck = ({ prisma }: Pick<WorkerContext, 'prisma'>): Promise<number> =>
  prisma.saga.count({ where: { stuckAt: { not: null } } });

/** Keeps the gauges of sagas up to date. */
export async function measureSagas(parts: Pick<WorkerContext, 'prisma' | 'metrics'>): Promise<void> {
  const { metrics } = parts;
  const { running, compensating, oldest } = await countOpen(parts);
  metrics.sagasOpen.set({ state: 'RUNNING' }, running);
  metrics.sagasOpen.set({ state: 'COMPENSATING' }, compensating);
  metrics.sagaOldest.set(oldest);
  metrics.sagasStuck.set(await countStuck(parts));
}
