import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  type CheckoutRequest,
  ProviderRefused,
  ProviderUnavailable,
  type RefundRequest,
  type RefundStanding,
} from '../../provider.ts';
import { toStripe } from './amounts.ts';
import { type StripeApi, StripeRefused } from './stripe-api.ts';

export const Refund = Type.Object({
  status: Type.String(),
  failure_reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  metadata: Type.Union([Type.Null(), Type.Record(Type.String(), Type.String())]),
});
const refundShape = Compile(Refund);
const refundsShape = Compile(Type.Object({ data: Type.Array(Refund) }));
const sessionShape = Compile(Type.Object({ payment_intent: Type.Union([Type.Null(), Type.String()]) }));
const intentsShape = Compile(Type.Object({ data: Type.Array(Type.Object({ id: Type.String(), status: Type.String() })) }));

export function refundStanding({ status, failure_reason: reason }: Static<typeof Refund>): RefundStanding {
  if (status === 'succeeded') return { state: 'done' };
  if (status === 'failed' || status === 'canceled') return { state: 'refused', reason: reason ?? status };
  return { state: 'pending' };
}

export class StripeRefunds {
  readonly #api: StripeApi;

  constructor(api: StripeApi) {
    this.#api = api;
  }

  /** Looks first: Stripe forgets an idempotency key after 24 hours, and a refund in parts could be made twice. */
  async send(request: RefundRequest, giveUpAt: number): Promise<RefundStanding> {
    const intent = await this.#intentOf(request.payment, giveUpAt);
    const known = await this.#find(request, intent, giveUpAt);
    if (known !== undefined) return known;
    const { refundId, payment, amountCents, currency } = request;
    const { paymentId, orderId } = payment;
    try {
      const refund = {
        payment_intent: intent,
        amount: toStripe(amountCents, currency),
        metadata: { refundId, paymentId, orderId },
      };
      const made = await this.#api.ask('a refund', refundShape, giveUpAt, (stripe, options) =>
        stripe.refunds.create(refund, { ...options, idempotencyKey: `refund-${refundId}` }),
      );
      return refundStanding(made);
    } catch (error) {
      if (!(error instanceof ProviderRefused)) throw error;
      return { state: 'refused', reason: error instanceof StripeRefused ? error.code : error.message };
    }
  }

  async standing(request: RefundRequest, giveUpAt: number): Promise<RefundStanding | { state: 'unknown' }> {
    const intent = await this.#intentOf(request.payment, giveUpAt);
    return (await this.#find(request, intent, giveUpAt)) ?? { state: 'unknown' };
  }

  async #find({ refundId }: RefundRequest, intent: string, giveUpAt: number): Promise<RefundStanding | undefined> {
    // A payment has few refunds, one for each decision of an operator.
    const { data } = await this.#api.read('to list refunds', refundsShape, giveUpAt, (stripe, options) =>
      stripe.refunds.list({ payment_intent: intent, limit: 100 }, options),
    );
    const refund = data.find(({ metadata }) => metadata?.['refundId'] === refundId);
    return refund === undefined ? undefined : refundStanding(refund);
  }

  /** Returns the id of the PaymentIntent that was paid. */
  async #intentOf({ paymentId, providerRef: id }: CheckoutRequest, giveUpAt: number): Promise<string> {
    if (id !== undefined) {
      const { payment_intent: intent } = await this.#api.read('to show a checkout', sessionShape, giveUpAt, (stripe, options) =>
        stripe.checkout.sessions.retrieve(id, {}, options),
      );
      if (intent !== null) return intent;
    }
    const query = `metadata['paymentId']:'${paymentId}' AND status:'succeeded'`;
    const { data } = await this.#api.read('to search for a payment', intentsShape, giveUpAt, (stripe, options) =>
      stripe.paymentIntents.search({ query }, options),
    );
    const [intent] = data;
    if (intent === undefined) throw new ProviderUnavailable('Stripe does not find the payment that a refund belongs to.');
    return intent.id;
  }
}
