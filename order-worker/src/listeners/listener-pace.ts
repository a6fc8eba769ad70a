import { setTimeout as sleep } from 'node:timers/promises';

/** While orders are made, listeners rest for as many times as long as they worked: together they have a fifth of the time. */
const REST = 4;
const LONGEST_REST_MS = 1_000;

/** Lets the listeners of a worker work beside its orders. They catch up when the rush is over. */
export class ListenerPace {
  #isBusy: () => boolean = () => false;
  #turn: Promise<void> = Promise.resolve();

  /** `isBusy` returns whether orders are being made. Without it, they never are. */
  follow(isBusy: () => boolean): void {
    this.#isBusy = isBusy;
  }

  /** Runs `work` at once, or in turn with the other listeners and with rests between, while orders are made. */
  async share<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.#isBusy()) return work();
    const before = this.#turn;
    let end = () => {};
    this.#turn = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    const from = performance.now();
    try {
      return await work();
    } finally {
      setTimeout(end, this.#restAfter(from));
    }
  }

  /** How many calls to another service may be in progress. */
  places(atOnce: number): number {
    return this.#isBusy() ? Math.min(1, atOnce) : atOnce;
  }

  /** Rests after a call that began at `from`, of `performance.now()`. */
  async rest(from: number): Promise<void> {
    const ms = this.#restAfter(from);
    if (ms > 0) await sleep(ms);
  }

  #restAfter(from: number): number {
    return this.#isBusy() ? Math.min((performance.now() - from) * REST, LONGEST_REST_MS) : 0;
  }
}
