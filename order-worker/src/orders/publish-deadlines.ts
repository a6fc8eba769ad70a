import { paymentDeadline, send } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';

export interface DueOrder {
  orderId: string;
  /** ms, PostgreSQL's clock. */
  payBy: number;
  payTimeoutSeconds: number;
}

/** Publishes one delayed message for all orders that fall due together. Resolves when all messages are stored. */
export async function publishDeadlines(
  { publisher }: Pick<WorkerContext, 'publisher'>,
  orders: readonly DueOrder[],
): Promise<void> {
  const groups = new Map<string, { dueAt: number; payTimeoutSeconds: number; orderIds: string[] }>();
  for (const { orderId, payBy, payTimeoutSeconds } of orders) {
    const key = `${payTimeoutSeconds}:${payBy}`;
    const group = groups.get(key);
    if (group !== undefined) group.orderIds.push(orderId);
    else groups.set(key, { dueAt: Math.ceil(payBy), payTimeoutSeconds, orderIds: [orderId] });
  }
  await Promise.all(Array.from(groups.values(), (deadline) => send(publisher, paymentDeadline, deadline)));
}
