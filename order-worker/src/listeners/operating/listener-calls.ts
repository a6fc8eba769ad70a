import { type calls, Problem, type RpcHandler, type TaskView } from 'seckill-core';
import type { ListenerTask, PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';
import { cutPage } from '../../servers/cut-page.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import { countTasks } from './count-tasks.ts';

export type ListenerCalls = 'listListeners' | 'listTasks' | 'retryTask' | 'discardTask' | 'retryTasks';
type Handlers = { [Kind in ListenerCalls]: RpcHandler<(typeof calls)[Kind]['request'], (typeof calls)[Kind]['reply']> };
type OfTask = Static<typeof calls.retryTask.request>;

const STATES = { WAITING: ['HELD', 'WAITING'], DONE: ['DONE'], DEAD: ['DEAD'] } as const;

/** What operators do with listeners. The worker that leads a listener looks for due tasks twice a second. */
export const listenerCalls = ({ nc, prisma }: Pick<WorkerContext, 'nc' | 'prisma'>): Handlers => ({
  listListeners: async () => ({ listeners: await countTasks({ nc, prisma }) }),
  listTasks: (listing) => listTasks(prisma, listing),
  retryTask: async (task) => {
    await prisma.$executeRaw`
      UPDATE listener_tasks SET state = 'WAITING', finished_at = NULL, next_try_at = clock_timestamp()
      WHERE id = ${task.taskId}::bigint AND lane = ${task.listener}`;
    return readTask(prisma, task);
  },
  discardTask: async (task) => {
    await prisma.$executeRaw`
      UPDATE listener_tasks SET state = 'DONE', finished_at = clock_timestamp(),
        history = history || jsonb_build_array(jsonb_build_object('at', clock_timestamp(), 'ok', false, 'error', 'An operator discarded it.'))
      WHERE id = ${task.taskId}::bigint AND lane = ${task.listener} AND state <> 'DONE'`;
    return readTask(prisma, task);
  },
  retryTasks: async ({ listener }) => {
    const retried = await prisma.$executeRaw`
      UPDATE listener_tasks SET state = 'WAITING', finished_at = NULL, next_try_at = clock_timestamp()
      WHERE lane = ${listener} AND (state = 'DEAD' OR state = 'WAITING' AND next_try_at > clock_timestamp())`;
    return { retried };
  },
});

async function listTasks(prisma: PrismaClient, listing: Static<typeof calls.listTasks.request>) {
  const { listener, state, limit, cursor } = listing;
  const rows = await prisma.listenerTask.findMany({
    where: { lane: listener, state: { in: [...STATES[state]] }, ...(cursor === undefined ? {} : { id: { lt: BigInt(cursor) } }) },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const { rows: tasks, ...next } = await cutPage(rows.map(viewOf), limit, ({ taskId }) => taskId);
  return { tasks, ...next };
}

async function readTask(prisma: PrismaClient, { listener, taskId }: OfTask): Promise<TaskView> {
  const task = await prisma.listenerTask.findFirst({ where: { id: BigInt(taskId), lane: listener } });
  if (task === null) throw new Problem('NOT_FOUND', `The listener ${listener} has no task ${taskId}.`);
  return viewOf(task);
}

function viewOf({
  id,
  eventId,
  type,
  subject,
  state,
  attempts,
  createdAt,
  nextTryAt,
  finishedAt,
  history,
}: ListenerTask): TaskView {
  const shown = state === 'HELD' ? 'WAITING' : state;
  return {
    taskId: String(id),
    eventId,
    type,
    subject,
    state: shown,
    attempts,
    createdAt: createdAt.toISOString(),
    ...(shown === 'WAITING' ? { nextTryAt: nextTryAt.toISOString() } : {}),
    ...(finishedAt === null ? {} : { finishedAt: finishedAt.toISOString() }),
    history: history as unknown[],
  };
}
