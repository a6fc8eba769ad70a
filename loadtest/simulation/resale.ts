import type { BuyerApi } from './api/buyer-api.ts';
import { NoAnswer } from './http/connection.ts';
import type { StopSwitch } from './stop-switch.ts';

const LOOK_EVERY_MS = 200;

export interface ResaleOptions {
  api: BuyerApi;
  gateway: () => string;
  saleId: string;
  itemId: string;
  /** How long after the first SOLD_OUT the waiting buyers leave. */
  patienceMs: number;
  /** True if no unit can return any more. */
  isOver: () => boolean;
  random: () => number;
  stop: StopSwitch;
}

/**
 * Losers waiting for returned units. They would all poll the same page, so one poll serves them all. When units return, a few more buyers
 * than units try again.
 */
export class Resale {
  readonly #options: ResaleOptions;
  #waiting: ((comeBack: boolean) => void)[] = [];
  #watching: Promise<void> | undefined;
  #over = false;
  #ended = false;
  /** The last status that the page showed. */
  remaining = 0;

  constructor(options: ResaleOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with true if units have returned, with false if the buyer should give up. */
  wait(): Promise<boolean> {
    if (this.#over) return Promise.resolve(false);
    this.#watching ??= this.#watch();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async #watch(): Promise<void> {
    const { patienceMs, isOver, stop } = this.#options;
    const until = performance.now() + patienceMs;
    try {
      while (performance.now() < until && !this.#ended && !isOver()) {
        await stop.pause(LOOK_EVERY_MS);
        this.remaining = await this.#look();
        if (this.remaining > 0) this.#callBack(this.remaining * 2 + 5);
      }
    } catch {
      // The crowd was stopped.
    }
    this.#over = true;
    for (const goHome of this.#waiting.splice(0)) goHome(false);
  }

  async #look(): Promise<number> {
    const { api, gateway, saleId, itemId } = this.#options;
    try {
      const answer = await api.sale(gateway(), saleId);
      if (!answer.ok) return 0;
      this.#ended = answer.value.state === 'ENDED';
      if (answer.value.state !== 'LIVE') return 0;
      return answer.value.items.find((item) => item.itemId === itemId)?.remaining ?? 0;
    } catch (error) {
      if (error instanceof NoAnswer) return 0;
      throw error;
    }
  }

  #callBack(people: number): void {
    const { random } = this.#options;
    for (let i = 0; i < people; i += 1) {
      const last = this.#waiting.pop();
      if (last === undefined) return;
      const at = Math.floor(random() * (this.#waiting.length + 1));
      const chosen = this.#waiting[at] ?? last;
      if (at < this.#waiting.length) this.#waiting[at] = last;
      chosen(true);
    }
  }
}
