export interface CheckoutRequest {
  /** Ours; the provider makes one checkout for it, however often it is asked. */
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
 * Who takes the money. It tells the result by a signed webhook (`payment.succeeded`, `payment.failed`), at least once.
 * Both calls are idempotent under the payment id, and throw {@link ProviderUnavailable} where the outcome is unknown.
 */
export interface PaymentProvider {
  createCheckout(request: CheckoutRequest): Promise<{ checkoutUrl: string }>;
  /** Resolves once the provider has taken note of it. */
  refund(request: RefundRequest): Promise<void>;
}

export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}
