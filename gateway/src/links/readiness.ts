import type { NatsLink } from './nats-link.ts';
import type { RedisLink } from './redis-link.ts';

export interface ReadinessParts {
  redis: RedisLink;
  nats: NatsLink;
  sales: { readonly loaded: boolean };
  riskMemory: { readonly loaded: boolean };
}

/** Says whether buyers can be served, and if not, why. */
export class Readiness {
  readonly #redis: RedisLink;
  readonly #nats: NatsLink;
  readonly #sales: { readonly loaded: boolean };
  readonly #rules: { readonly loaded: boolean };
  readonly #userKeys: { readonly loaded: boolean } | undefined;
  #leaving = false;

  constructor(
    { redis, nats, sales, riskMemory }: ReadinessParts,
    /** The keys of an identity provider, if one is used. */
    userKeys?: { readonly loaded: boolean },
  ) {
    this.#redis = redis;
    this.#nats = nats;
    this.#sales = sales;
    this.#rules = riskMemory;
    this.#userKeys = userKeys;
  }

  /** Returns the reason as a sentence, or undefined if buyers can be served. */
  whyNot(): string | undefined {
    if (this.#leaving) return 'This gateway is shutting down.';
    if (this.#redis.trouble !== undefined) return this.#redis.trouble;
    if (this.#nats.trouble !== undefined) return this.#nats.trouble;
    if (this.#userKeys?.loaded === false)
      return 'The keys of the identity provider are not loaded yet: JWT_JWKS_URL does not answer.';
    if (!this.#rules.loaded) return 'The rules of risk control are not loaded yet.';
    return this.#sales.loaded ? undefined : 'The sales are not loaded yet.';
  }

  /** From now on load balancers send no new buyers here. */
  leave(): void {
    this.#leaving = true;
  }
}
