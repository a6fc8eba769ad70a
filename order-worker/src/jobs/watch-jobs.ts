import { RepeatedTask } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { countJobs } from './job-queue.ts';

const EVERY_MS = 10_000;

/** Keeps the gauges of the jobs up to date. */
export function watchJobs({ prisma, metrics, log }: Pick<WorkerContext, 'prisma' | 'metrics' | 'log'>): RepeatedTask {
  const run = async () => {
    const jobs = await countJobs(prisma);
    metrics.jobs.reset();
    for (const { kind, state, count } of jobs) metrics.jobs.set({ kind, state }, count);
    const waiting = jobs.filter(({ state }) => state === 'QUEUED');
    metrics.jobOldest.set(Math.max(0, ...waiting.map(({ oldestSeconds }) => oldestSeconds)));
  };
  return new RepeatedTask({ name: 'counting the jobs', everyMs: EVERY_MS, run, log }).start();
}
