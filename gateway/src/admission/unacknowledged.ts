import type { StockReserved } from 'seckill-core';

/** About 400 bytes each. Past it nobody wins here until JetStream is back. */
export const UNACKNOWLEDGED_LIMIT = 50_000;
const EVERY_MS = 250;
const PORTION = 500;

/**
 * Winners whose message JetStream has not acknowledged. The outbox in Redis holds them too; this copy is for the case that
 * Redis loses it while NATS is away. Published again under the same id, in order, until acknowledged.
 */
export class Unacknowledged {
  readonly #wins = new Map<string, StockReserved>();
  readonly #publish: (win: StockReserved) => Promise<boolean>;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> | undefined;

  /** `publish` resolves to true once the message is stored. */
  constructor(publish: (win: StockReserved) => Promise<boolean>) {
    this.#publish = publish;
  }

  get size(): number {
    return this.#wins.size;
  }

  start(): void {
    this.#timer = setInterval(() => void this.retry(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  keep(win: StockReserved): void {
    this.#wins.set(win.reservationId, win);
  }

  /** Publishes what is kept, portion by portion, until one has none acknowledged. */
  retry(): Promise<void> {
    if (this.#wins.size === 0) return Promise.resolve();
    this.#busy ??= this.#retry().finally(() => {
      this.#busy = undefined;
    });
    return this.#busy;
  }

  async #retry(): Promise<void> {
    while (this.#wins.size > 0) {
      const portion = this.#oldest();
      const stored = await Promise.all(portion.map(this.#publish));
      for (const [i, win] of portion.entries()) if (stored[i]) this.#wins.delete(win.reservationId);
      if (!stored.includes(true)) return;
    }
  }

  #oldest(): StockReserved[] {
    const wins: StockReserved[] = [];
    for (const win of this.#wins.values()) {
      if (wins.push(win) === PORTION) break;
    }
    return wins;
  }
}
