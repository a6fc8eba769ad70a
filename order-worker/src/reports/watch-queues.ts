import { RepeatedTask } from 'seckill-core';
import { ORDERS_CONSUMER } from '../orders/orders-consumer.ts';
import { PAYMENTS_CONSUMER } from '../payments/consume-payments.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { countDeadLettersOfEach, readQueues } from './queues.ts';

const EVERY_MS = 5_000;
/** Their dead letters raise alarms, so the metric says 0 too. */
const ALWAYS_SHOWN = [ORDERS_CONSUMER, PAYMENTS_CONSUMER];

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
    const letters = await countDeadLettersOfEach(nc);
    metrics.deadLetters.reset();
    for (const consumer of ALWAYS_SHOWN) metrics.deadLetters.set({ consumer }, 0);
    for (const [consumer, count] of letters) metrics.deadLetters.set({ consumer }, count);
  };
  return new RepeatedTask({ name: 'reading the queues', everyMs: EVERY_MS, run, log }).start();
}
