import { calls, type Overview } from 'seckill-core';
import type { NatsLink } from '../links/nats-link.ts';

const EVERY_MS = 1_000;
/** Counting millions of orders takes long. Resting four times as long limits it to a fifth of the worker's time. */
const REST_FACTOR = 4;

/** The worker's overview, requested only while an operator watches. */
export class OverviewWatch {
  readonly #nats: NatsLink;
  /** Identifies the current watch, so that a request of an ended watch does not continue beside the next one. */
  #watch: object | undefined;
  #latest: Overview | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(nats: NatsLink) {
    this.#nats = nats;
  }

  /** Undefined while no operator watches, or no worker answers. */
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
    const answer = await this.#nats.ask(calls.overview, {}).catch(() => undefined);
    if (this.#watch !== watch) return;
    this.#latest = answer;
    const took = performance.now() - began;
    this.#timer = setTimeout(() => void this.#ask(watch), Math.max(EVERY_MS - took, took * REST_FACTOR));
    this.#timer.unref();
  }
}
