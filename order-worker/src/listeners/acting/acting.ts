import type { Prisma } from 'seckill-prisma';
import type { OrderListener } from '../runner/order-listener.ts';
import type { ActingListener } from './acting-listener.ts';
import { addSaleTasks, addTasks } from './add-tasks.ts';
import { TaskSender } from './task-sender.ts';

/** Most events are wanted by no lane, and are not read. Each transaction costs as much as hundreds of tasks. */
const EVENTS_AT_ONCE = 5_000;

/** Makes an {@link OrderListener} of one that acts outside PostgreSQL: events become tasks, and the worker that leads acts on them. */
export function acting(listener: ActingListener): OrderListener {
  const wishes = async (tx: Prisma.TransactionClient) => (await listener.wishesIn?.(tx)) ?? listener.lanes();
  return {
    name: listener.name,
    begins: 'newest',
    eventsAtOnce: EVENTS_AT_ONCE,
    apply: async (tx, messages) => addTasks(tx, await wishes(tx), messages),
    ...(listener.ofSales === true ? { applySales: async (tx, events) => addSaleTasks(tx, await wishes(tx), events) } : {}),
    lead: (parts, isLeader) => new TaskSender(parts, listener, isLeader).start(),
  };
}
