import { Type } from 'typebox';
import { defineRpc } from '../bus/rpc.ts';
import { Count } from '../domain/fields.ts';
import { ListenerName, ListenerView, TaskId, TaskState, TaskView } from './listener-views.ts';
import { nextPage, pageRequest } from './page.ts';

const ofTask = { listener: ListenerName, taskId: TaskId };
/** A retry may touch a hundred thousand tasks. */
const RETRY_MS = 20_000;

/** What operators do with listeners. NOT_FOUND if the task does not exist. */
export const listenerCalls = {
  listListeners: defineRpc('list-listeners', Type.Object({}), Type.Object({ listeners: Type.Array(ListenerView) })),
  listTasks: defineRpc(
    'list-listener-tasks',
    Type.Object({ listener: ListenerName, state: TaskState, ...pageRequest(TaskId) }),
    Type.Object({ tasks: Type.Array(TaskView), ...nextPage(TaskId) }),
  ),
  /** Tries a task again at once. One that is done is done again, under the same event id. */
  retryTask: defineRpc('retry-listener-task', Type.Object(ofTask), TaskView),
  /** Gives a task up that is dead or waits. */
  discardTask: defineRpc('discard-listener-task', Type.Object(ofTask), TaskView),
  /** Tries all dead tasks again, and those that wait at once. */
  retryTasks: defineRpc(
    'retry-listener-tasks',
    Type.Object({ listener: ListenerName }),
    Type.Object({ retried: Count }),
    RETRY_MS,
  ),
} as const;
