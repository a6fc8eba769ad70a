import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { NatsLink } from './nats-link.ts';
import type { RedisLink } from './redis-link.ts';

/** Whether buyers can be served, and if not, why. */
export class Readiness {
  readonly #redis: RedisLink;
  readonly #nats: NatsLink;
  readonly #sales: SalesMemory;
  #leaving = false;

  constructor(redis: RedisLink, nats: NatsLink, sales: SalesMemory) {
    this.#redis = redis;
    this.#nats = nats;
    this.#sales = sales;
  }

  /** A sentence, or undefined where all is well. */
  whyNot(): string | undefined {
    if (this.#leaving) return 'This gateway is shutting down.';
    if (this.#redis.runId === undefined) return 'Redis is away.';
    if (!this.#nats.connected) return 'NATS is away.';
    return this.#sales.loaded ? undefined : 'The sales are not loaded yet.';
  }

  /** From here on load balancers send nobody. */
  leave(): void {
    this.#leaving = true;
  }
}
