import { type CheckoutRequest, type PaymentProvider, ProviderUnavailable, type RefundRequest } from '../payment-provider.ts';

const TIMEOUT_MS = 3_000;

/** The payment-sandbox package as a provider, called over HTTP like a real one. */
export class SandboxProvider implements PaymentProvider {
  readonly #url: string;

  /** @param url Base address of the sandbox. */
  constructor(url: string) {
    this.#url = url.replace(/\/$/, '');
  }

  async createCheckout(request: CheckoutRequest): Promise<{ checkoutUrl: string }> {
    return (await this.#post('/checkouts', request)) as { checkoutUrl: string };
  }

  async refund(request: RefundRequest): Promise<void> {
    await this.#post('/refunds', request);
  }

  async #post(path: string, body: object): Promise<unknown> {
    let response: Response;
    try {
      response = await fetch(`${this.#url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      throw new ProviderUnavailable(`The payment sandbox at ${this.#url} does not answer.`, { cause });
    }
    if (!response.ok) throw new ProviderUnavailable(`The payment sandbox answered ${response.status} to ${path}.`);
    return response.json();
  }
}
