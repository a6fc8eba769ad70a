/** With less time than this, no buyer begins to pay. */
const LEAST_MS = 300;

interface Waiting {
  payBy: number;
  next: (mayPay: boolean) => void;
}

/**
 * Lets at most `atOnce` buyers pay at a time. Real people pay over minutes. Thousands with a few seconds each would wait in one
 * line until none of them is in time. So the newest goes first, and a buyer without time left leaves.
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

  /** Does `work` when there is room; undefined if the time ran out before. `payBy` is in ms of the same clock. */
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

  /** The place passes directly to the next buyer, so that no other buyer takes it in between. */
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
