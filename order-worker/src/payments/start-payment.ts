import { Problem, retryAfterMs } from 'seckill-core';
import type { OwnOrder } from '../orders/order-view.ts';
import { gather } from '../servers/gather.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { type OpenPayment, openPayments } from './open-payments.ts';
import { type PaymentProvider, ProviderUnavailable } from './payment-provider.ts';

type Parts = Pick<WorkerContext, 'prisma' | 'log'>;

/**
 * Returns a function that starts a payment of an order. While a payment is open, it returns that one; after a declined payment, it starts
 * another. Throws NOT_FOUND, NOT_PAYABLE, and UNAVAILABLE if the provider does not answer. All buyers may press "pay" at once, so concurrent
 * calls share their statements.
 */
export function paymentStarter(
  parts: Parts,
  provider: PaymentProvider,
): (order: OwnOrder, giveUpAt: number) => Promise<{ paymentId: string; checkoutUrl: string }> {
  const open = gather((asked: OwnOrder[]) => openPayments(parts, asked));
  return async (order, giveUpAt) => {
    const payment = await open(order, giveUpAt);
    const checkoutUrl = await createCheckout(parts, provider, payment, giveUpAt);
    return { paymentId: payment.paymentId, checkoutUrl };
  };
}

/** Returns the address of the checkout. It isn't kept: the provider returns the same checkout for the same payment, at an address that is valid now. */
async function createCheckout(
  { log }: Parts,
  provider: PaymentProvider,
  payment: OpenPayment,
  giveUpAt: number,
): Promise<string> {
  try {
    return (await provider.createCheckout(payment, giveUpAt)).checkoutUrl;
  } catch (error) {
    if (!(error instanceof ProviderUnavailable)) throw error;
    log.warn({ err: error, orderId: payment.orderId }, 'the payment provider does not answer');
    throw new Problem('UNAVAILABLE', 'The payment provider does not answer. Try again.', retryAfterMs() + 1_000);
  }
}
