import { RepeatedTask } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { countDeadLetters, readQueues } from './queues.ts';

const EVERY_MS = 5_000;

/** Keeps the gauges of the queues in JetStream up to date. */
export function watchQueues({ nc, metrics, log }: Pick<WorkerContext, 'nc' | 'metrics' | 'log'>): RepeatedTask {
  const run = async () => {
    const queues = await readQueues(nc);
    metrics.consumerPending.reset();
    metrics.consumerBehind.reset();
    for (const { consumer, waiting, behindMs } of queues) {
      metrics.consumerPending.set({ consumer }, waiting);
      if (behindMs !== undefined) metrics.consumerBehind.set({ consumer }, behindMs / 1_000);
    }
    metrics.deadLetters.set(await countDeadLetters(nc));
  };
  return new RepeatedTask({ name: 'reading the queues', everyMs: EVERY_MS, run, log }).start();
}
