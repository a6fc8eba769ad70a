import { type Static, Type } from 'typebox';
import { Count, IsoTime } from '../domain/fields.ts';
import { UUID_PATTERN } from '../domain/ids.ts';

export const LISTENER_PATTERN = '^[a-z][a-z0-9-]{0,49}$';
export const ListenerName = Type.String({ pattern: LISTENER_PATTERN });
export const TASK_ID_PATTERN = '^[1-9][0-9]{0,17}$';
export const TaskId = Type.String({ pattern: TASK_ID_PATTERN });
export const TaskState = Type.Enum(['WAITING', 'DONE', 'DEAD']);

/** How a listener does. */
export const ListenerView = Type.Object({
  listener: ListenerName,
  behind: { ...Count, description: 'messages of events that it has not read yet' },
  waiting: { ...Count, description: 'events that it has still to act on' },
  oldestSeconds: Type.Number({ minimum: 0, description: 'for how long the oldest of them has waited; 0 if there is none' }),
  dead: { ...Count, description: 'events that it has given up, and that wait for an operator' },
  donePerMinute: { ...Count, description: 'events that it acted on in the last minute' },
});
export type ListenerView = Static<typeof ListenerView>;

/** An event that a listener acts on. */
export const TaskView = Type.Object({
  taskId: TaskId,
  eventId: Type.String(),
  type: Type.String({ description: "the CloudEvent's type" }),
  subject: Type.String({ pattern: UUID_PATTERN, description: 'the order, or the sale if the event is about no order' }),
  state: TaskState,
  attempts: Count,
  createdAt: IsoTime,
  nextTryAt: Type.Optional({ ...IsoTime, description: 'while it waits' }),
  finishedAt: Type.Optional(IsoTime),
  history: Type.Array(Type.Unknown(), { description: 'the last attempts, the oldest first' }),
});
export type TaskView = Static<typeof TaskView>;
