import { paymentDeadline, send } from 'seckill-core';
import type { WorkerContext } from '../../worker-context.ts';

/** By then this worker has finished, or is dead and the deadline's consumer finishes for it. */
const FINISHED_WITHIN_MS = 5_000;

/**
 * No message leads here that would come again after a crash between the commit and what follows it. So one is stored beforehand: a payment
 * deadline, whose consumer finishes what is cancelled and leaves alone what is not due.
 */
export async function rememberToFinish(
  { prisma, publisher, clock }: WorkerContext,
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
