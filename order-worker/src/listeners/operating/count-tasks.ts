import { jetstreamManager } from '@nats-io/jetstream';
import { type ListenerView, orderEvent, STREAMS } from 'seckill-core';
import { loadStatement } from '../../servers/statement.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';

const countStatement = loadStatement(import.meta.url, 'count-tasks');

interface Counted {
  listener: string;
  waiting: number;
  /** Seconds. */
  oldest: number;
  dead: number;
  doneInMinute: number;
}

/** How every listener does that has ever run, by its name. */
export async function countTasks({ nc, prisma }: Pick<WorkerContext, 'nc' | 'prisma'>): Promise<ListenerView[]> {
  const { streams } = await jetstreamManager(nc);
  const { state } = await streams.info(STREAMS.orders.name);
  const lastOfOrders = (await streams.getMessage(STREAMS.orders.name, { last_by_subj: orderEvent.subjects }))?.seq ?? 0;
  const positions = await prisma.listenerPosition.findMany({ orderBy: { listener: 'asc' } });
  const counted = await prisma.$queryRawUnsafe<Counted[]>(countStatement);
  return positions.map(({ listener, streamSeq }) => {
    const { waiting = 0, oldest = 0, dead = 0, doneInMinute = 0 } = counted.find((each) => each.listener === listener) ?? {};
    // Most listeners do not read the events of sales that come after.
    const behind = Number(streamSeq) >= lastOfOrders ? 0 : state.last_seq - Number(streamSeq);
    return { listener, behind, waiting, oldestSeconds: oldest, dead, donePerMinute: doneInMinute };
  });
}

/** More than a person works through. */
const MOST_DEAD = 10_000;

/** Counts the tasks that listeners gave up, up to a bound. Webhooks have a page of their endpoints instead. */
export async function countDead(prisma: WorkerContext['prisma']): Promise<number> {
  const [row] = await prisma.$queryRaw<[{ dead: number }]>`
    SELECT count(*)::int AS dead
    FROM (SELECT FROM listener_tasks WHERE state = 'DEAD' AND lane NOT LIKE 'webhooks/%' LIMIT ${MOST_DEAD}) tasks`;
  return row.dead;
}
