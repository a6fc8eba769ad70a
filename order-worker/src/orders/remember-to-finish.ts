import { paymentDeadline, send } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';

/** By then this worker has finished, or it is dead and the deadline consumer finishes the work. */
const FINISHED_WITHIN_MS = 5_000;

/**
 * Stores a message before a change that no message triggers, so that a crash between the commit and {@link announce} is repaired. The message
 * is a payment deadline: its consumer finishes what was cancelled, and leaves alone what is not due.
 */
export async function rememberToFinish(
  { prisma, publisher, clock }: Pick<WorkerContext, 'prisma' | 'publisher' | 'clock'>,
  saleId: string,
  orderIds: readonly string[],
): Promise<void> {
  const sale = await prisma.sale.findUniqueOrThrow({ where: { id: saleId }, select: { payTimeoutSeconds: true } });
  const reminder = {
    dueAt: Math.ceil(clock.now()) + FINISHED_WITHIN_MS,
    payTimeoutSeconds: sale.payTimeoutSeconds,
    orderIds: [...orderIds],
  };
  const id = `finish:${Math.floor(reminder.dueAt / FINISHED_WITHIN_MS)}:${paymentDeadline.messageId(reminder)}`;
  await send(publisher, paymentDeadline, reminder, id);
}
