import { type CheckoutRequest, type PaymentProvider, ProviderUnavailable, type RefundRequest } from '../payment-provider.ts';
import { HttpPool } from './http-pool.ts';

/** Less than a buyer's call waits, so that the buyer hears that the provider is away. */
const TIMEOUT_MS = 2_500;
/** Requests at once; a rush waits here rather than at the provider, which may limit them. */
const CONNECTIONS = 64;

/** The payment-sandbox package as a provider, called over HTTP like a real one. */
export class SandboxProvider implements PaymentProvider {
  readonly #url: string;
  readonly #pool: HttpPool;

  /** @param url Base address of the sandbox. */
  constructor(url: string) {
    this.#url = url.replace(/\/$/, '');
    this.#pool = new HttpPool(this.#url, CONNECTIONS);
  }

  async createCheckout(request: CheckoutRequest, signal?: AbortSignal): Promise<{ checkoutUrl: string }> {
    return (await this.#post('/checkouts', request, signal)) as { checkoutUrl: string };
  }

  async refund(request: RefundRequest): Promise<void> {
    await this.#post('/refunds', request);
  }

  async #post(path: string, body: object, caller?: AbortSignal): Promise<unknown> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = caller === undefined ? timeout : AbortSignal.any([timeout, caller]);
    const answer = await this.#pool.post(`${this.#url}${path}`, body, signal).catch((cause: unknown) => {
      throw new ProviderUnavailable(`The payment sandbox at ${this.#url} does not answer.`, { cause });
    });
    if (answer.status < 200 || answer.status > 299) {
      throw new ProviderUnavailable(`The payment sandbox answered ${answer.status} to ${path}.`);
    }
    return JSON.parse(answer.body);
  }
}
