import { RepeatedTask } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { countTasks } from './operating/count-tasks.ts';

const EVERY_MS = 5_000;

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'log' | 'metrics'>;

/** Keeps the gauges of the listeners up to date that this worker leads. Another worker shows the others: to count costs PostgreSQL a scan of all that waits. */
export function watchListeners(parts: Parts, listeners: readonly { name: string; leads: boolean }[]): RepeatedTask {
  const { log, metrics } = parts;
  const gauges = [metrics.listenerBehind, metrics.listenerWaiting, metrics.listenerOldest, metrics.listenerDead];
  const run = async () => {
    const led = listeners.filter(({ leads }) => leads).map(({ name }) => name);
    const counted = led.length === 0 ? [] : await countTasks(parts);
    for (const gauge of gauges) gauge.reset();
    for (const { listener, behind, waiting, oldestSeconds, dead } of counted) {
      if (!led.includes(listener)) continue;
      metrics.listenerBehind.set({ listener }, behind);
      metrics.listenerWaiting.set({ listener }, waiting);
      metrics.listenerOldest.set({ listener }, oldestSeconds);
      metrics.listenerDead.set({ listener }, dead);
    }
  };
  return new RepeatedTask({ name: 'measuring the listeners', everyMs: EVERY_MS, run, log }).start();
}
