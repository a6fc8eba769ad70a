import type { StockReserved } from 'seckill-core';

/** About 400 bytes each. Past it, no buyer wins on this gateway until JetStream is back. */
export const UNACKNOWLEDGED_LIMIT = 50_000;
const EVERY_MS = 250;
const PORTION = 500;

/**
 * Winners whose message JetStream has not acknowledged. The outbox in Redis holds them too; this copy covers a Redis that loses its
 * data while NATS is down. They are published again under the same ids, in order, until acknowledged.
 */
export class Unacknowledged {
  readonly #wins = new Map<string, StockReserved>();
  readonly #publish: (win: StockReserved) => Promise<boolean>;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> | undefined;

  /** `publish` resolves to true if the message was stored. */
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

  /** Publishes the kept winners portion by portion, and stops after a portion without any acknowledgement. */
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
