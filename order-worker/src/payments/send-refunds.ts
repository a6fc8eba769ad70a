import type { WorkerContext } from '../worker-context.ts';
import type { PaymentProvider } from './payment-provider.ts';

const AT_ONCE = 50;

/**
 * Sends the refunds that were decided to the provider, and marks them. Several workers may send the same one: the provider takes it once.
 * Throws the last failure of a portion after trying every one of it.
 */
export async function sendRefunds(context: WorkerContext, provider: PaymentProvider): Promise<void> {
  while ((await sendPortion(context, provider)) === AT_ONCE);
}

async function sendPortion({ prisma, log }: WorkerContext, provider: PaymentProvider): Promise<number> {
  const refunds = await prisma.refund.findMany({ where: { sentAt: null }, orderBy: { createdAt: 'asc' }, take: AT_ONCE });
  let failure: unknown;
  for (const { paymentId, amountCents, currency } of refunds) {
    try {
      await provider.refund({ paymentId, amountCents: Number(amountCents), currency });
      await prisma.$executeRaw`UPDATE refunds SET sent_at = clock_timestamp() WHERE payment_id = ${paymentId}::uuid AND sent_at IS NULL`;
      log.info({ paymentId, amountCents: Number(amountCents), currency }, 'a payment was given back');
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return refunds.length;
}
