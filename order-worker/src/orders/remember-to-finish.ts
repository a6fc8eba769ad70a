import { paymentDeadline, send } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';

/** By then this worker has finished, or it is dead and the deadline consumer finishes the work. */
export const FINISHED_WITHIN_SECONDS = 5;

/**
 * Stores a message before a change that no message triggers, so that a crash between the commit and {@link announce} is repaired. The message
 * is a payment deadline: its consumer finishes what was cancelled, and leaves alone what is not due. Each timeout
 * has a separate consumer. With the timeout of its sale, the message would wait behind ten thousand deadlines that are held back.
 */
export async function rememberToFinish(
  { publisher, clock }: Pick<WorkerContext, 'publisher' | 'clock'>,
  orderIds: readonly string[],
): Promise<void> {
  const withinMs = FINISHED_WITHIN_SECONDS * 1_000;
  const reminder = {
    dueAt: Math.ceil(clock.now()) + withinMs,
    payTimeoutSeconds: FINISHED_WITHIN_SECONDS,
    orderIds: [...orderIds],
  };
  const id = `finish:${Math.floor(reminder.dueAt / withinMs)}:${paymentDeadline.messageId(reminder)}`;
  await send(publisher, paymentDeadline, reminder, id);
}
