const EVERY_MS = 100;

export interface LoadLimits {
  /** Requests waiting for Redis or JetStream at once. */
  pending: number;
  /** How late the event loop may run, twice in a row. */
  lagMs: number;
  /** After a stall of this length, what had come in before it ended is not decided. */
  staleMs: number;
}

/** A second late is past any buyer's patience; ten thousand waiting is a second's work at the least. */
export const LOAD_LIMITS: LoadLimits = { pending: 10_000, lagMs: 1_000, staleMs: 1_500 };

/** Says when to answer UNAVAILABLE at once instead of something better too late. */
export class LoadGuard {
  readonly #limits: LoadLimits;
  readonly #pending: () => number;
  #lagMs = 0;
  #lagBefore = 0;
  #expected = Number.POSITIVE_INFINITY;
  #stalledUntil = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(pending: () => number, limits: LoadLimits = LOAD_LIMITS) {
    this.#pending = pending;
    this.#limits = limits;
  }

  start(): void {
    this.#expected = performance.now() + EVERY_MS;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#lagBefore = this.#lagMs;
      this.#lagMs = Math.max(0, now - this.#expected);
      this.#expected = now + EVERY_MS;
      if (this.#lagMs > this.#limits.staleMs) this.#stalledUntil = now + EVERY_MS;
    }, EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get lagMs(): number {
    return this.#lagMs;
  }

  /** Late twice in a row: once is a pause that is over, and whoever waited through it is best served. */
  get isOverloaded(): boolean {
    return (
      Math.min(this.#lagMs, this.#lagBefore) > this.#limits.lagMs || this.#pending() >= this.#limits.pending || this.#isStale
    );
  }

  /**
   * This process stood still for so long that whoever sent a request into it may have left, asked elsewhere and been told "sold out": to win
   * now for somebody who was told no would be a lie. After a stall what has come in is read before the timer runs, hence the look at the clock.
   */
  get #isStale(): boolean {
    const now = performance.now();
    return now < this.#stalledUntil || now - this.#expected > this.#limits.staleMs;
  }
}
