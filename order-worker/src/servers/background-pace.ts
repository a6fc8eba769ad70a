export interface Rest {
  /** How many times as long as the work. */
  times: number;
  longestMs: number;
}

/** While orders are made, listeners together have a fifth of the time. */
const TIMES = 4;
/** A batch may have waited for PostgreSQL. */
const AFTER_BATCH: Rest = { times: TIMES, longestMs: 10_000 };
/** A call to another service is mostly waiting. */
export const AFTER_CALL: Rest = { times: TIMES, longestMs: 1_000 };
/** How often those that rest are looked at. */
const LOOK_EVERY_MS = 10;

interface Resting {
  /** Of `performance.now()`. */
  until: number;
  end: () => void;
}

/** Lets the other work of a worker go on beside its orders, slowly. It catches up when the rush is over. */
export class BackgroundPace {
  #isBusy: () => boolean = () => false;
  #turn: Promise<void> = Promise.resolve();
  readonly #resting = new Set<Resting>();
  /** One for all, because each lane of a listener may rest. Runs only while one does. */
  #looking: NodeJS.Timeout | undefined;

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
  rest(from: number, { times, longestMs }: Rest): Promise<void> {
    if (!this.#isBusy()) return Promise.resolve();
    const now = performance.now();
    const until = now + Math.min((now - from) * times, longestMs);
    return new Promise((end) => {
      this.#resting.add({ until, end });
      this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    });
  }

  #look(): void {
    const isBusy = this.#isBusy();
    const now = performance.now();
    for (const resting of this.#resting) {
      if (isBusy && now < resting.until) continue;
      this.#resting.delete(resting);
      resting.end();
    }
    if (this.#resting.size > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }
}
