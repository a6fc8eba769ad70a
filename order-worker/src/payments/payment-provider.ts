export interface CheckoutRequest {
  /** Chosen by this platform. The provider creates one checkout for it, however often it is called. */
  paymentId: string;
  orderId: string;
  amountCents: number;
  currency: string;
}

export interface RefundRequest {
  paymentId: string;
  amountCents: number;
  currency: string;
}

/**
 * A payment provider. It reports results by a signed webhook (`payment.succeeded`, `payment.failed`), at least once.
 * Both calls are idempotent under the payment id, and throw {@link ProviderUnavailable} if the outcome is unknown.
 */
export interface PaymentProvider {
  /** The buyer's call ends at `giveUpAt`, of `performance.now()`. */
  createCheckout(request: CheckoutRequest, giveUpAt?: number): Promise<{ checkoutUrl: string }>;
  /** Resolves once the provider has accepted the refund. */
  refund(request: RefundRequest): Promise<void>;
}

export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}
