import { setTimeout as sleep } from 'node:timers/promises';

export interface Rest {
  /** How many times as long as the work. */
  times: number;
  longestMs: number;
}

/** While orders are made, listeners together have a fifth of the time. A batch may have waited for PostgreSQL. */
const AFTER_BATCH: Rest = { times: 4, longestMs: 10_000 };
/** A rest looks this often whether orders are still being made. */
const LOOK_EVERY_MS = 10;

/** Lets the other work of a worker go on beside its orders, slowly. It catches up when the rush is over. */
export class BackgroundPace {
  #isBusy: () => boolean = () => false;
  #turn: Promise<void> = Promise.resolve();

  /** `isBusy` returns whether orders are being made. Without it, they never are. */
  follow(isBusy: () => boolean): void {
    this.#isBusy = isBusy;
  }

  /** Runs `work` of a listener at once, or in turn with the other listeners and with rests between, while orders are made. */
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
      void this.rest(from, AFTER_BATCH).then(end);
    }
  }

  /** How many calls to another service may be in progress. */
  places(atOnce: number): number {
    return this.#isBusy() ? Math.min(1, atOnce) : atOnce;
  }

  /** Rests after work that began at `from`, of `performance.now()`. Ends early when no orders are made any more. */
  async rest(from: number, { times, longestMs }: Rest): Promise<void> {
    const now = performance.now();
    const until = now + Math.min((now - from) * times, longestMs);
    while (this.#isBusy() && performance.now() < until) await sleep(LOOK_EVERY_MS);
  }
}
