import { RepeatedTask } from 'seckill-core';
import { ORDER_LANES } from '../orders/orders-consumer.ts';
import { measureWaiting } from '../orders/waiting-events/measure-waiting.ts';
import { PAYMENTS_CONSUMER } from '../payments/consume-payments.ts';
import { measureRefunds } from '../payments/refunds/measure-refunds.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { countDeadLettersOfEach, readQueues } from './queues.ts';

const EVERY_MS = 5_000;
/** Their dead letters raise alarms, so the metric says 0 too. */
const ALWAYS_SHOWN = [...ORDER_LANES.map(({ consumer }) => consumer), PAYMENTS_CONSUMER];

/** Keeps the gauges of the queues up to date: those in JetStream, the orders and refunds that wait for a provider, and the events that wait for the stream. */
export function watchQueues({
  nc,
  prisma,
  metrics,
  log,
}: Pick<WorkerContext, 'nc' | 'prisma' | 'metrics' | 'log'>): RepeatedTask {
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
    const [closing] = await prisma.$queryRaw<[{ orders: number; oldest: number }]>`
      SELECT count(*)::int AS orders, coalesce(date_part('epoch', clock_timestamp() - min(wanted_at)), 0) AS oldest FROM closing_orders`;
    metrics.closingOrders.set(closing.orders);
    metrics.closingOldest.set(closing.oldest);
    await measureWaiting({ prisma, metrics });
    await measureRefunds({ prisma, metrics });
  };
  return new RepeatedTask({ name: 'reading the queues', everyMs: EVERY_MS, run, log }).start();
}
