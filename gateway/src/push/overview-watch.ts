import { calls, type Overview } from 'seckill-core';
import type { GatewayParts } from '../gateway-parts.ts';

const EVERY_MS = 1_000;
/** With millions of orders the counting takes time: it may take a fifth of the worker's, not more. */
const REST_FACTOR = 4;

/** The worker's overview, asked for while somebody watches. */
export class OverviewWatch {
  readonly #parts: Pick<GatewayParts, 'nats'>;
  /** The watch that is on; each has its own, so that one that ended while it asked does not go on beside the next. */
  #watch: object | undefined;
  #latest: Overview | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: Pick<GatewayParts, 'nats'>) {
    this.#parts = parts;
  }

  /** Undefined while nobody watches, or no worker answers. */
  get latest(): Overview | undefined {
    return this.#latest;
  }

  begin(): void {
    if (this.#watch !== undefined) return;
    this.#watch = {};
    void this.#ask(this.#watch);
  }

  end(): void {
    this.#watch = undefined;
    clearTimeout(this.#timer);
    this.#latest = undefined;
  }

  async #ask(watch: object): Promise<void> {
    const began = performance.now();
    const answer = await this.#parts.nats.ask(calls.overview, {}).catch(() => undefined);
    if (this.#watch !== watch) return;
    this.#latest = answer;
    const took = performance.now() - began;
    this.#timer = setTimeout(() => void this.#ask(watch), Math.max(EVERY_MS - took, took * REST_FACTOR));
    this.#timer.unref();
  }
}
