import { listen, RepeatedTask, saleChanged } from 'seckill-core';
import type { WorkerContext } from '../../servers/worker-context.ts';
import { publishSaleEvents } from './publish-sale-events.ts';
import { ItemWatch } from './watch-items.ts';

const EVERY_MS = 2_000;

/** Publishes what happens to sales. A command or a sold-out item wakes it; the repetition finds what a crash, or a lost broadcast, left. */
export function followSales(parts: Pick<WorkerContext, 'nc' | 'redis' | 'prisma' | 'publisher' | 'log'>): {
  stop(): Promise<void>;
} {
  const items = new ItemWatch(parts);
  const run = async () => {
    // Items are read in Redis: while it is away, the commands of operators are still published.
    const looked = await Promise.allSettled([items.look()]);
    await publishSaleEvents(parts);
    for (const result of looked) if (result.status === 'rejected') throw result.reason;
  };
  const task = new RepeatedTask({ name: 'the events of sales', everyMs: EVERY_MS, run, log: parts.log }).start();
  const watching = items.listen(() => task.wake());
  const changes = listen(parts.nc, saleChanged, () => task.wake(), parts.log);
  return {
    stop: async () => {
      watching.stop();
      changes.unsubscribe();
      await task.stop();
    },
  };
}
