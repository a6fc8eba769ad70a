import { RepeatedTask } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { countTasks } from './operating/count-tasks.ts';

const EVERY_MS = 5_000;

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'log' | 'metrics'>;

/** Keeps the gauges of these listeners up to date. */
export function watchListeners(parts: Parts, listeners: readonly string[]): RepeatedTask {
  const { log, metrics } = parts;
  const run = async () => {
    for (const { listener, behind, waiting, oldestSeconds, dead } of await countTasks(parts)) {
      if (!listeners.includes(listener)) continue;
      metrics.listenerBehind.set({ listener }, behind);
      metrics.listenerWaiting.set({ listener }, waiting);
      metrics.listenerOldest.set({ listener }, oldestSeconds);
      metrics.listenerDead.set({ listener }, dead);
    }
  };
  return new RepeatedTask({ name: 'measuring the listeners', everyMs: EVERY_MS, run, log }).start();
}
