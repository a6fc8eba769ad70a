import type { IncomingHttpHeaders } from 'node:http';
import { RequestAges } from './request-ages.ts';

const EVERY_MS = 100;

export interface LoadLimits {
  /** Requests that may wait for Redis or JetStream at the same time. */
  pending: number;
  /** How late the event loop may run, measured twice in a row. */
  lagMs: number;
  /** Requests that waited longer than this in a socket, and those that arrived during a stall that was longer, are not decided. */
  staleMs: number;
}

/** Buyers don't wait longer than a second, and ten thousand waiting requests take at least a second. */
const LOAD_LIMITS: LoadLimits = { pending: 10_000, lagMs: 1_000, staleMs: 1_500 };

/** How a request came in. */
export interface Arrival {
  /** When it was read, as `performance.now()` returns it. */
  readonly at: number;
  /** The header `X-Request-Start`, which nginx sets. */
  readonly startedAt?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly writable: boolean; readonly remoteAddress?: string | undefined };
}

/** Says when to answer UNAVAILABLE at once instead of giving a better answer too late. */
export class LoadGuard {
  readonly #limits: LoadLimits;
  readonly #pending: () => number;
  readonly #ages = new RequestAges();
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

  /** The lag counts only if measured twice in a row: a single one is a pause that is over, and its buyers are best served. */
  get isOverloaded(): boolean {
    return (
      Math.min(this.#lagMs, this.#lagBefore) > this.#limits.lagMs || this.#pending() >= this.#limits.pending || this.#isStale
    );
  }

  /** Returns whether a request waited for so long between nginx and this process that its buyer may have given up. */
  isLate({ at, startedAt, socket }: Arrival): boolean {
    if (startedAt === undefined) return false;
    return this.#ages.ageMs(startedAt, socket.remoteAddress ?? '', at) > this.#limits.staleMs;
  }

  /**
   * This process stalled for so long that buyers may have given up, asked another gateway and got "sold out". They must not win now. After
   * a stall, requests are read before the timer runs, so this also compares the clock.
   */
  get #isStale(): boolean {
    const now = performance.now();
    return now < this.#stalledUntil || now - this.#expected > this.#limits.staleMs;
  }
}
