import type { WorkerContext } from '../servers/worker-context.ts';
import type { PaymentProvider } from './payment-provider.ts';

const AT_ONCE = 50;

type Parts = Pick<WorkerContext, 'prisma' | 'log'>;

/**
 * Sends decided refunds to the provider and marks them as sent. Several workers may send the same refund; the provider takes it once.
 * Tries every refund of a portion, then throws the last failure.
 */
export async function sendRefunds(parts: Parts, provider: PaymentProvider): Promise<void> {
  while ((await sendPortion(parts, provider)) === AT_ONCE);
}

async function sendPortion({ prisma, log }: Parts, provider: PaymentProvider): Promise<number> {
  const refunds = await prisma.refund.findMany({ where: { sentAt: null }, orderBy: { createdAt: 'asc' }, take: AT_ONCE });
  let failure: unknown;
  for (const { paymentId, amountCents, currency } of refunds) {
    try {
      await provider.refund({ paymentId, amountCents: Number(amountCents), currency });
      await prisma.$executeRaw`UPDATE refunds SET sent_at = clock_timestamp() WHERE payment_id = ${paymentId}::uuid AND sent_at IS NULL`;
      log.info({ paymentId, amountCents: Number(amountCents), currency }, 'refunded a payment');
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return refunds.length;
}
