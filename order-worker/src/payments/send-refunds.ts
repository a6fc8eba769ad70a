import type { WorkerContext } from '../servers/worker-context.ts';
import type { ProviderSet } from './provider-set.ts';
import { readPayments } from './stored-payments.ts';

const AT_ONCE = 50;

type Parts = Pick<WorkerContext, 'prisma' | 'log'>;

/**
 * Sends decided refunds to the provider and marks them as sent. Several workers may send the same refund; the provider takes it once.
 * Tries every refund of a portion, then throws the last failure.
 */
export async function sendRefunds(parts: Parts, providers: ProviderSet): Promise<void> {
  while ((await sendPortion(parts, providers)) === AT_ONCE);
}

async function sendPortion({ prisma, log }: Parts, providers: ProviderSet): Promise<number> {
  const refunds = await prisma.refund.findMany({ where: { sentAt: null }, orderBy: { createdAt: 'asc' }, take: AT_ONCE });
  let failure: unknown;
  for (const { paymentId, amountCents, currency, reason } of refunds) {
    try {
      const [payment] = await readPayments(prisma, [paymentId]);
      if (payment === undefined) throw new Error(`There is no payment ${paymentId}.`);
      const cents = Number(amountCents);
      const request = { refundId: paymentId, payment: payment.request, paidCents: cents, amountCents: cents, currency, reason };
      const { state } = await providers.named(payment.provider).refund(request, performance.now() + 8_000);
      if (state !== 'done') throw new Error(`The provider has the refund of payment ${paymentId}: ${state}.`);
      await prisma.$executeRaw`UPDATE refunds SET sent_at = clock_timestamp() WHERE payment_id = ${paymentId}::uuid AND sent_at IS NULL`;
      log.info({ paymentId, amountCents: Number(amountCents), currency }, 'refunded a payment');
    } catch (error) {
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return refunds.length;
}
