import type { OrderListener } from '../runner/order-listener.ts';
import type { ActingListener } from './acting-listener.ts';
import { addSaleTasks, addTasks } from './add-tasks.ts';
import { TaskSender } from './task-sender.ts';

/** Makes an {@link OrderListener} of one that acts outside PostgreSQL: events become tasks, and the worker that leads acts on them. */
export const acting = (listener: ActingListener): OrderListener => ({
  name: listener.name,
  begins: 'newest',
  apply: (tx, messages) => addTasks(tx, listener.lanes(), messages),
  ...(listener.ofSales === true ? { applySales: (tx, events) => addSaleTasks(tx, listener.lanes(), events) } : {}),
  lead: (parts, isLeader) => new TaskSender(parts, listener, isLeader).start(),
});
