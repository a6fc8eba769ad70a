import { reasonOf } from 'seckill-core';
import { type Static, type TSchema, Type } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { HttpPool } from '../http-pool.ts';
import { type CheckoutRequest, type PaymentProvider, ProviderUnavailable, type RefundRequest } from '../payment-provider.ts';

/** Less than a buyer's call waits, so that the buyer hears that the provider is away. */
const TIMEOUT_MS = 2_500;
/** Requests at once; a rush waits here rather than at the provider, which may limit them. */
const CONNECTIONS = 64;

/** Buyers are sent there, so it must be a page. */
const checkoutAnswer = Compile(Type.Object({ checkoutUrl: Type.String({ pattern: '^https?://', maxLength: 4_096 }) }));
/** A proxy's page with status 200 must not pass for an accepted refund. */
const refundAnswer = Compile(Type.Object({}));

/** The payment-sandbox package as a provider, called over HTTP like a real one. */
export class SandboxProvider implements PaymentProvider {
  readonly #pool: HttpPool;

  /** @param url Base address of the sandbox. */
  constructor(url: string) {
    this.#pool = new HttpPool(url, CONNECTIONS);
  }

  createCheckout(request: CheckoutRequest, giveUpAt?: number): Promise<{ checkoutUrl: string }> {
    return this.#post('/checkouts', request, checkoutAnswer, giveUpAt);
  }

  async refund(request: RefundRequest): Promise<void> {
    await this.#post('/refunds', request, refundAnswer);
  }

  /** What the provider answers goes into no error and no log: it may name buyers. */
  async #post<Shape extends TSchema>(
    path: string,
    body: object,
    shape: Validator<Record<never, never>, Shape>,
    giveUpAt = Number.POSITIVE_INFINITY,
  ): Promise<Static<Shape>> {
    const headers = { 'content-type': 'application/json' };
    const until = Math.min(performance.now() + TIMEOUT_MS, giveUpAt);
    const answer = await this.#pool
      .send({ method: 'POST', path, headers, body: JSON.stringify(body) }, until)
      .catch((cause: unknown) => {
        throw new ProviderUnavailable(`The payment provider did not answer ${path}: ${reasonOf(cause)}.`, { cause });
      });
    if (answer.status < 200 || answer.status > 299) {
      throw new ProviderUnavailable(`The payment provider answered ${answer.status} to ${path}.`);
    }
    const value = parseJson(answer.body.toString());
    if (!shape.Check(value)) {
      const what = value === undefined ? 'what is not JSON' : 'JSON that does not fit';
      throw new ProviderUnavailable(
        `The payment provider answered ${answer.status} to ${path} with ${what}. Is its address right?`,
      );
    }
    return value;
  }
}

/** Undefined if it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
