import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  type Checkout,
  type CheckoutRequest,
  type Closed,
  type PaymentStanding,
  ProviderRefused,
  ProviderUnavailable,
} from '../../provider.ts';
import { checkoutSession, sessionEnd } from './checkout-session.ts';
import { intentStanding, intentsShape, sessionShape, standingOf, WITH_CHARGE } from './standing.ts';
import { type StripeApi, StripeRefused } from './stripe-api.ts';

const created = Compile(Type.Object({ id: Type.String({ minLength: 1 }), url: Type.String({ pattern: '^https?://' }) }));
const expired = Compile(Type.Object({ status: Type.Literal('expired') }));
/** Stripe finds a PaymentIntent by its metadata a minute later, and forgets an idempotency key 24 hours after its first request. */
const SETTLED_MS = 10 * 60_000;

/** Checkout sessions: one for each payment, made under the payment's idempotency key. */
export class StripeCheckouts {
  readonly #api: StripeApi;
  readonly #returnUrl: (orderId: string) => string;

  constructor(api: StripeApi, returnUrl: (orderId: string) => string) {
    this.#api = api;
    this.#returnUrl = returnUrl;
  }

  async create(request: CheckoutRequest, giveUpAt: number): Promise<Checkout> {
    try {
      return await this.#create(request, giveUpAt);
    } catch (error) {
      if (!(error instanceof StripeRefused && error.isOtherRequest)) throw error;
      // PUBLIC_URL has changed since the payment began. The session it has still takes the money.
      const { providerRef: id } = request;
      if (id === undefined) throw new ProviderUnavailable(`${error.message} The first request differed.`);
      const { url } = await this.#api.read('to show a checkout', created, giveUpAt, (stripe, options) =>
        stripe.checkout.sessions.retrieve(id, {}, options),
      );
      return { providerRef: id, checkoutUrl: url };
    }
  }

  async close(request: CheckoutRequest, giveUpAt: number): Promise<Closed> {
    const id = request.providerRef ?? (await this.#learnId(request, giveUpAt));
    const found = id === undefined ? await this.#search(request, giveUpAt) : await this.#expire(id, giveUpAt);
    const standing = found ?? ({ state: 'closed' } as const);
    if (standing.state === 'paid' || standing.state === 'closed') return standing;
    throw new ProviderUnavailable(`Stripe has not closed the checkout: its state is ${standing.state}.`);
  }

  async standing(request: CheckoutRequest, giveUpAt: number): Promise<PaymentStanding> {
    const { providerRef: id } = request;
    const standing = id === undefined ? await this.#search(request, giveUpAt) : await this.#session(id, giveUpAt);
    if (standing === undefined) return { state: 'unknown' };
    return standing.state === 'coming' ? { state: 'open' } : standing;
  }

  async #create(request: CheckoutRequest, giveUpAt: number): Promise<{ providerRef: string; checkoutUrl: string }> {
    const session = checkoutSession(request, this.#returnUrl(request.orderId));
    const { id, url } = await this.#api.ask('a checkout', created, giveUpAt, (stripe, options) =>
      stripe.checkout.sessions.create(session, { ...options, idempotencyKey: `checkout-${request.paymentId}` }),
    );
    return { providerRef: id, checkoutUrl: url };
  }

  async #expire(id: string, giveUpAt: number) {
    try {
      await this.#api.ask('to close a checkout', expired, giveUpAt, (stripe, options) =>
        stripe.checkout.sessions.expire(id, {}, options),
      );
      return { state: 'closed' } as const;
    } catch (error) {
      // Only an open session can be closed.
      if (!(error instanceof StripeRefused)) throw error;
      return this.#session(id, giveUpAt);
    }
  }

  async #session(id: string, giveUpAt: number) {
    const session = await this.#api.read('to show a checkout', sessionShape, giveUpAt, (stripe, options) =>
      stripe.checkout.sessions.retrieve(id, { expand: WITH_CHARGE }, options),
    );
    return standingOf(session);
  }

  /**
   * The answer that had the id was lost. The same request under the same key has the same answer. If Stripe never took it, that makes a session, which
   * is closed at once, or is refused, for example because its end is too near. Then there is none.
   */
  async #learnId(request: CheckoutRequest, giveUpAt: number): Promise<string | undefined> {
    try {
      return (await this.#create(request, giveUpAt)).providerRef;
    } catch (error) {
      if (!(error instanceof ProviderRefused)) throw error;
      // There is one, of a request that differed: this platform's address has changed. Its id can't be learned, but it ends.
      const mayBeOpen = error instanceof StripeRefused && error.isOtherRequest && Date.now() < sessionEnd(request) + SETTLED_MS;
      if (mayBeOpen) throw new ProviderUnavailable(`${error.message} The checkout closes at its own end.`);
      return undefined;
    }
  }

  /** Undefined if no money came and none is coming: what was never paid has no PaymentIntent. */
  async #search({ paymentId }: CheckoutRequest, giveUpAt: number) {
    const query = `metadata['paymentId']:'${paymentId}'`;
    const { data } = await this.#api.read('to search for a payment', intentsShape, giveUpAt, (stripe, options) =>
      stripe.paymentIntents.search({ query, expand: ['data.latest_charge'] }, options),
    );
    const standings = data.map(intentStanding);
    return standings.find(({ state }) => state === 'paid') ?? standings.find(({ state }) => state === 'coming');
  }
}
