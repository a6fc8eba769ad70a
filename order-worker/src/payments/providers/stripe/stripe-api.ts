import { reasonOf } from 'seckill-core';
import { Stripe } from 'stripe';
import type { Static, TSchema } from 'typebox';
import type { Validator } from 'typebox/compile';
import { ProviderRefused, ProviderUnavailable } from '../../provider.ts';
import { PooledHttpClient } from './http-client.ts';

/** A definite no. Nothing was changed, and a repetition would be refused as well. */
export class StripeRefused extends ProviderRefused {
  /** Stripe's code, else the error's type: both are short words. */
  readonly code: string;
  /** `idempotency_error`: another request was sent under the same key. */
  readonly isOtherRequest: boolean;

  constructor(what: string, error: Stripe.errors.StripeError) {
    const code = error.code ?? error.rawType ?? error.type;
    super(`Stripe refuses ${what}: ${code}${error.param === undefined ? '' : ` (${error.param})`}.`);
    this.code = code;
    this.isOtherRequest = error.rawType === 'idempotency_error';
  }
}

type Call = (stripe: Stripe, options: Stripe.RequestOptions) => Promise<unknown>;
type Shape<Answer extends TSchema> = Validator<Record<never, never>, Answer>;

/** Stripe's API. What it answers goes into no error, but for codes and types: the texts may name buyers. */
export class StripeApi {
  readonly #stripe: Stripe;

  constructor(key: string, url: string) {
    this.#stripe = new Stripe(key, { httpClient: new PooledHttpClient(url), maxNetworkRetries: 0, telemetry: false });
  }

  /**
   * Throws {@link StripeRefused} for a definite no, and {@link ProviderUnavailable} if the outcome is unknown.
   *
   * @param what Completes "Stripe refuses …".
   * @param giveUpAt Of `performance.now()`.
   */
  async ask<Answer extends TSchema>(what: string, shape: Shape<Answer>, giveUpAt: number, call: Call): Promise<Static<Answer>> {
    const timeout = Math.max(1, Math.floor(giveUpAt - performance.now()));
    const answer = await call(this.#stripe, { timeout }).catch((error: unknown) => {
      throw failureOf(what, error);
    });
    if (!shape.Check(answer))
      throw new ProviderUnavailable(`What Stripe answered to ${what} does not fit. Is STRIPE_API_URL right?`);
    return answer as Static<Answer>;
  }

  /** The same for a question about what Stripe has. Throws {@link ProviderUnavailable} only: a refusal is one of the key's, and says nothing. */
  async read<Answer extends TSchema>(what: string, shape: Shape<Answer>, giveUpAt: number, call: Call): Promise<Static<Answer>> {
    return this.ask(what, shape, giveUpAt, call).catch((error: unknown) => {
      if (!(error instanceof StripeRefused)) throw error;
      throw new ProviderUnavailable(`${error.message} Does STRIPE_SECRET_KEY belong to the account that has it?`);
    });
  }
}

/** What it says of 400, 402 and 404 stays true. A wrong key (401, 403) is replaced, and the rest passes: 409, 429, 5xx. */
const definite: ReadonlySet<number | undefined> = new Set([400, 402, 404]);

function failureOf(what: string, error: unknown): Error {
  const unreadable = new ProviderUnavailable(`Stripe's answer to ${what} is not readable.`);
  if (!(error instanceof Stripe.errors.StripeError)) return unreadable;
  const { statusCode, rawType, code = rawType, detail } = error;
  if (statusCode === undefined) {
    // What broke is the connection, and the text is one of this process.
    return detail instanceof Error ? new ProviderUnavailable(`Stripe did not answer ${what}: ${reasonOf(detail)}.`) : unreadable;
  }
  if (definite.has(statusCode) && rawType !== undefined && rawType !== 'api_error') return new StripeRefused(what, error);
  return new ProviderUnavailable(`Stripe did not take ${what}: ${statusCode}, ${code ?? error.type}.`);
}
