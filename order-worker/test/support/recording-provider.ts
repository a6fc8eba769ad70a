import type { PaymentReceived } from 'seckill-core';
import type {
  Checkout,
  CheckoutRequest,
  Closed,
  Notification,
  PaidFacts,
  PaymentProvider,
  PaymentStanding,
  RefundRequest,
  RefundStanding,
  StatementLine,
} from '../../src/index.ts';
import { ProviderUnavailable, StatementNotReady } from '../../src/payments/provider.ts';

/** A provider that records its calls and knows what was paid, and throws while `away` is set. */
export class RecordingProvider implements PaymentProvider {
  readonly name: string;
  readonly checkouts: CheckoutRequest[] = [];
  readonly closes: CheckoutRequest[] = [];
  readonly queries: CheckoutRequest[] = [];
  readonly refunds: RefundRequest[] = [];
  /** What buyers have paid, by payment id. */
  readonly paid = new Map<string, PaidFacts>();
  /** Ids of payments that take no money any more. */
  readonly closed = new Set<string>();
  /** Ids of refunds that were reported as done. */
  readonly done = new Set<string>();
  away = false;
  /** If set, only this payer may pay what is begun now. */
  payer: string | undefined;
  /** If set, checkouts and refunds wait for it. */
  slow: Promise<void> | undefined;
  /** How it answers to refunds. */
  standing: (request: RefundRequest) => RefundStanding = () => ({ state: 'done' });

  constructor(name = 'http') {
    this.name = name;
  }

  /** A test reports a payment or a refund without this provider, which then knows of it too. */
  hasReported(event: PaymentReceived): void {
    const { type, paymentId, refundId, amountCents, currency, provider, paidAt = Date.now(), settledBy } = event;
    if ((provider ?? this.name) !== this.name || settledBy !== undefined) return;
    if (type === 'refund.done' && refundId !== undefined) this.done.add(refundId);
    if (type === 'payment.succeeded' && !this.paid.has(paymentId)) this.paid.set(paymentId, { amountCents, currency, paidAt });
  }

  /** The buyer pays the amount of a checkout. Returns false if it is closed. */
  pay({ paymentId, amountCents, currency }: Pick<CheckoutRequest, 'paymentId' | 'amountCents' | 'currency'>): boolean {
    if (this.closed.has(paymentId)) return false;
    if (!this.paid.has(paymentId)) this.paid.set(paymentId, { amountCents, currency, paidAt: Date.now() });
    return true;
  }

  async createCheckout(request: CheckoutRequest): Promise<Checkout> {
    this.#answer();
    this.checkouts.push(request);
    await this.slow;
    return { checkoutUrl: `http://checkout.test/${request.paymentId}`, payer: this.payer };
  }

  async closeCheckout(request: CheckoutRequest): Promise<Closed> {
    this.#answer();
    this.closes.push(request);
    const facts = this.paid.get(request.paymentId);
    if (facts !== undefined) return { state: 'paid', facts };
    this.closed.add(request.paymentId);
    return { state: 'closed' };
  }

  async getPayment(request: CheckoutRequest): Promise<PaymentStanding> {
    this.#answer();
    this.queries.push(request);
    const facts = this.paid.get(request.paymentId);
    if (facts !== undefined) return { state: 'paid', facts };
    return { state: this.closed.has(request.paymentId) ? 'closed' : 'open' };
  }

  async refund(request: RefundRequest): Promise<RefundStanding> {
    this.#answer();
    this.refunds.push(request);
    await this.slow;
    return this.standing(request);
  }

  async getRefund(request: RefundRequest): Promise<RefundStanding | { state: 'unknown' }> {
    this.#answer();
    if (this.done.has(request.refundId)) return { state: 'done' };
    const known = this.refunds.some(({ refundId }) => refundId === request.refundId);
    return known ? this.standing(request) : { state: 'unknown' };
  }

  async readNotification(): Promise<Notification> {
    return { kind: 'invalid', reason: 'it sends none', answer: { status: 401, contentType: 'text/plain', body: '' } };
  }

  /** On a calendar in UTC, on the next day. Refunds are in no statement. */
  async *readStatement(day: string): AsyncIterable<StatementLine> {
    this.#answer();
    const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
    if (dayOf(Date.now()) <= day) throw new StatementNotReady('It is made on the next day.');
    for (const [paymentId, { amountCents, currency, paidAt }] of this.paid) {
      if (dayOf(paidAt) === day) yield { kind: 'payment', paymentId, amountCents, currency, at: paidAt };
    }
  }

  #answer(): void {
    if (this.away) throw new ProviderUnavailable('The provider is away.');
  }
}
