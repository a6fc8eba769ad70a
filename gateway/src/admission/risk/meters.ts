/** Numbers of a meter: its slot of the clock, the count of that slot, and the count of the one before. */
export const METER_SIZE = 3;

/**
 * Counts events in a sliding window by two counts: of the present slot of the clock, and of the one before, which weighs less the older the
 * present one gets. The counts are the three numbers from `at` on; all windows of one meter are of the same length. Counts `events` more, and returns
 * the events in the window. Times are monotonic, in ms.
 */
export function countInWindow(counts: Float64Array, at: number, now: number, windowMs: number, events: number): number {
  const time = now / windowMs;
  const slot = Math.floor(time);
  const last = counts[at] ?? 0;
  if (slot !== last) {
    counts[at + 2] = slot === last + 1 ? (counts[at + 1] ?? 0) : 0;
    counts[at + 1] = 0;
    counts[at] = slot;
  }
  const count = (counts[at + 1] ?? 0) + events;
  counts[at + 1] = count;
  return count + (counts[at + 2] ?? 0) * (1 - time + slot);
}

/** Pairs of a crowd and a member that all crowds of a gateway remember, about 30 MB. With one more, all start afresh. */
const MOST_PAIRS = 500_000;

/** Bounds the memory of all crowds that share it. */
export class PairBudget {
  readonly #most: number;
  #pairs = 0;
  /** Crowds of an earlier round are empty. */
  round = 0;

  constructor(most = MOST_PAIRS) {
    this.#most = most;
  }

  take(): void {
    this.#pairs += 1;
    if (this.#pairs <= this.#most) return;
    this.#pairs = 0;
    this.round += 1;
  }

  giveBack(pairs: number): void {
    this.#pairs = Math.max(0, this.#pairs - pairs);
  }
}

/** Counts distinct members in a sliding window, in the way of {@link countInWindow}. */
export class Crowd {
  readonly #budget: PairBudget;
  #slot = 0;
  #round: number;
  #present = new Set<number>();
  #past = new Set<number>();
  /** Members of the slot before that have not been seen in the present one. */
  #gone = 0;

  constructor(budget: PairBudget) {
    this.#budget = budget;
    this.#round = budget.round;
  }

  /** Adds a member. Returns the distinct members in the window. More than twice `most` are not told apart. */
  add(member: number, now: number, { windowMs, most }: { windowMs: number; most: number }): number {
    const at = now / windowMs;
    const slot = Math.floor(at);
    if (slot !== this.#slot || this.#round !== this.#budget.round) this.#turn(slot);
    if (this.#present.size <= 2 * most && !this.#present.has(member)) {
      this.#present.add(member);
      if (this.#past.has(member)) this.#gone -= 1;
      this.#budget.take();
    }
    return this.#present.size + this.#gone * (1 - at + slot);
  }

  #turn(slot: number): void {
    const { round } = this.#budget;
    const isSameRound = this.#round === round;
    if (isSameRound) this.#budget.giveBack(this.#past.size);
    this.#past = isSameRound && slot === this.#slot + 1 ? this.#present : new Set();
    this.#present = new Set();
    this.#gone = this.#past.size;
    this.#slot = slot;
    this.#round = round;
  }
}
