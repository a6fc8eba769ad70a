import { calls, LISTENER_PATTERN, Problem, TASK_ID_PATTERN, TaskId, TaskState, TaskView } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

const ofListener = Type.Object({ listener: Type.String() });
const ofTask = Type.Object({ listener: Type.String(), taskId: Type.String() });
const [isListener, isTaskId] = [new RegExp(LISTENER_PATTERN), new RegExp(TASK_ID_PATTERN)];

/** How the listeners of order events do, and what they gave up. */
export async function listenerRoutes(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/listeners',
    {
      schema: {
        ...operatorCall,
        summary: 'Show how the listeners of order events do',
        response: { 200: calls.listListeners.reply, ...problems('UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    () => nats.ask(calls.listListeners, {}),
  );

  app.get(
    '/api/admin/listeners/:listener/tasks',
    {
      schema: {
        ...operatorCall,
        summary: 'List what a listener has given up, has still to do, or has done, newest first',
        params: ofListener,
        querystring: Type.Object(
          { state: Type.Optional({ ...TaskState, default: 'DEAD' }), ...pageQuery(TaskId) },
          { additionalProperties: false },
        ),
        response: { 200: calls.listTasks.reply, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    ({ params, query: { state = 'DEAD', ...page } }) =>
      nats.ask(calls.listTasks, { ...knownListener(params), state, ...pageOf(page) }),
  );

  const found = problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE');
  app.post(
    '/api/admin/listeners/:listener/retry',
    {
      schema: {
        ...operatorCall,
        summary: 'Try all that a listener has given up again, and what waits at once',
        params: ofListener,
        response: { 200: calls.retryTasks.reply, ...found },
      },
    },
    (request) => nats.ask(calls.retryTasks, knownListener(request.params)),
  );

  for (const [name, call, summary] of [
    ['retry', calls.retryTask, 'Have a listener act on an event again, at once and under the same id'],
    ['discard', calls.discardTask, 'Give an event up for good'],
  ] as const) {
    app.post(
      `/api/admin/listeners/:listener/tasks/:taskId/${name}`,
      { schema: { ...operatorCall, summary, params: ofTask, response: { 200: TaskView, ...found } } },
      (request) => nats.ask(call, knownTask(request.params)),
    );
  }
}

/** Returns the listener of the address. Throws NOT_FOUND if none can have that name. */
function knownListener({ listener }: { listener: string }): { listener: string } {
  if (!isListener.test(listener)) throw new Problem('NOT_FOUND');
  return { listener };
}

function knownTask({ listener, taskId }: { listener: string; taskId: string }) {
  if (!isTaskId.test(taskId)) throw new Problem('NOT_FOUND');
  return { ...knownListener({ listener }), taskId };
}
