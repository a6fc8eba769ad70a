import { jetstreamManager } from '@nats-io/jetstream';
import { RepeatedTask, STREAMS } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';

const EVERY_MS = 5_000;

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'log' | 'metrics'>;

/** Keeps the gauges of the listeners up to date. */
export function watchListeners(parts: Parts, listeners: readonly string[]): RepeatedTask {
  const { log } = parts;
  return new RepeatedTask({
    name: 'measuring the listeners',
    everyMs: EVERY_MS,
    run: () => measure(parts, listeners),
    log,
  }).start();
}

async function measure({ nc, prisma, metrics }: Parts, listeners: readonly string[]): Promise<void> {
  const { state } = await (await jetstreamManager(nc)).streams.info(STREAMS.orders.name);
  const positions = await prisma.listenerPosition.findMany({ where: { listener: { in: [...listeners] } } });
  for (const { listener, streamSeq } of positions) {
    metrics.listenerBehind.set({ listener }, Math.max(0, state.last_seq - Number(streamSeq)));
  }
  const tasks = await prisma.$queryRaw<{ listener: string; waiting: number; oldest: number; dead: number }[]>`
    SELECT split_part(lane, '/', 1) AS listener, (count(*) FILTER (WHERE state <> 'DEAD'))::float8 AS waiting,
      coalesce(date_part('epoch', clock_timestamp() - min(created_at) FILTER (WHERE state <> 'DEAD')), 0) AS oldest,
      (count(*) FILTER (WHERE state = 'DEAD'))::float8 AS dead
    FROM listener_tasks WHERE state IN ('HELD', 'WAITING', 'DEAD') GROUP BY 1`;
  for (const listener of listeners) {
    const { waiting = 0, oldest = 0, dead = 0 } = tasks.find((each) => each.listener === listener) ?? {};
    metrics.listenerWaiting.set({ listener }, waiting);
    metrics.listenerOldest.set({ listener }, oldest);
    metrics.listenerDead.set({ listener }, dead);
  }
}
