import { setTimeout as sleep } from 'node:timers/promises';

/** While orders are made, listeners rest for as many times as long as they worked: together they have a fifth of the time. */
const REST = 4;
/** After a batch, which may have waited for PostgreSQL. */
const LONGEST_REST_MS = 10_000;
/** After a call, most of which is waiting for the other service. */
const LONGEST_REST_AFTER_CALL_MS = 1_000;
/** A rest looks this often whether orders are still being made. */
const LOOK_EVERY_MS = 10;

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
      void this.#rest(from, LONGEST_REST_MS).then(end);
    }
  }

  /** How many calls to another service may be in progress. */
  places(atOnce: number): number {
    return this.#isBusy() ? Math.min(1, atOnce) : atOnce;
  }

  /** Rests after a call that began at `from`, of `performance.now()`. */
  rest(from: number): Promise<void> {
    return this.#rest(from, LONGEST_REST_AFTER_CALL_MS);
  }

  /** Ends early when no orders are made any more. */
  async #rest(from: number, longestMs: number): Promise<void> {
    const now = performance.now();
    const until = now + Math.min((now - from) * REST, longestMs);
    while (this.#isBusy() && performance.now() < until) await sleep(LOOK_EVERY_MS);
  }
}
