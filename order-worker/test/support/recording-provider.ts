import type { CheckoutRequest, PaymentProvider, RefundRequest } from '../../src/index.ts';

/** A provider that records its calls, and throws while `away` is set. */
export class RecordingProvider implements PaymentProvider {
  readonly checkouts: CheckoutRequest[] = [];
  readonly refunds: RefundRequest[] = [];
  away = false;
  /** If set, checkouts wait for it. */
  slow: Promise<void> | undefined;

  async createCheckout(request: CheckoutRequest): Promise<{ checkoutUrl: string }> {
    if (this.away) throw new Error('The provider is away.');
    this.checkouts.push(request);
    await this.slow;
    return { checkoutUrl: `http://checkout.test/${request.paymentId}` };
  }

  async refund(request: RefundRequest): Promise<void> {
    if (this.away) throw new Error('The provider is away.');
    this.refunds.push(request);
  }
}
