/** With less than this left nobody begins to pay. */
const LEAST_MS = 300;

interface Waiting {
  payBy: number;
  next: (mayPay: boolean) => void;
}

/**
 * Where the crowd pays, so many at a time. Real people pay over minutes; thousands who have a few seconds each would all stand in
 * one line until none of them is in time. Here the newest goes first, and who runs out of time leaves.
 */
export class Till {
  readonly #atOnce: number;
  readonly #now: () => number;
  readonly #line: Waiting[] = [];
  #busy = 0;

  constructor(atOnce: number, now: () => number) {
    this.#atOnce = atOnce;
    this.#now = now;
  }

  /** Does `work` when there is room; undefined where the time ran out before. `payBy` in ms of the same clock. */
  async pay<Result>(payBy: number, work: () => Promise<Result>): Promise<Result | undefined> {
    if (this.#busy >= this.#atOnce) {
      const mayPay = await new Promise<boolean>((next) => this.#line.push({ payBy, next }));
      if (!mayPay) return undefined;
    } else this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** The place goes straight to the next one, so that nobody slips in between. */
  #next(): void {
    const latest = this.#now() + LEAST_MS;
    for (let newest = this.#line.pop(); newest !== undefined; newest = this.#line.pop()) {
      const inTime = newest.payBy > latest;
      newest.next(inTime);
      if (inTime) return;
    }
    this.#busy -= 1;
  }
}
