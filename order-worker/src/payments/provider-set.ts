import { type PaymentProvider, ProviderUnavailable } from './provider.ts';

/** The providers that this platform is configured for, the usual one first. */
export class ProviderSet {
  readonly #byName: ReadonlyMap<string, PaymentProvider>;

  constructor(providers: readonly PaymentProvider[]) {
    this.#byName = new Map(providers.map((provider) => [provider.name, provider]));
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  find(name: string): PaymentProvider | undefined {
    return this.#byName.get(name);
  }

  /** Throws {@link ProviderUnavailable} for one that is not configured: payments that were begun with it wait until it is again. */
  named(name: string): PaymentProvider {
    const provider = this.#byName.get(name);
    if (provider !== undefined) return provider;
    throw new ProviderUnavailable(
      `The provider ${name} is not configured. Add it to PAYMENT_PROVIDERS until its payments have ended.`,
    );
  }
}
