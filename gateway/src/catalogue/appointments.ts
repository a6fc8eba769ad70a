/** More buyers are asked to return than the bucket can serve, because some of them never do. */
const OVERBOOKING = 1.5;
/** The longest wait, unless the bucket itself stays empty for longer. */
const LONGEST_MS = 30_000;
/** Buyers who are beyond what is left return at this rate, per second, to learn it: few thousand requests are no load. */
const BEYOND_PER_SECOND = 5_000;
/** Waits differ by up to a tenth, so that buyers who came together do not return together. */
const JITTER = 0.1;

/** An item with an empty bucket, as a gateway knows it. */
export interface EmptyBucket {
  /** The bucket has no token for so long, ms. */
  emptyMs: number;
  /** The gateway's share of the rate. */
  perSecond: number;
  /** Units left; undefined if that is not known. */
  left: number | undefined;
  /** Time until the sale ends, ms. */
  endsInMs: number;
}

export interface Appointment {
  /** ms. */
  waitMs: number;
  /** The time is kept free for this buyer. Otherwise they only ask again then. */
  isTurn: boolean;
}

/**
 * Hands out times to return to buyers whom an empty bucket has refused: each a moment after the one before, at one and a half times the rate.
 * So they return as fast as the bucket can serve them, however many they are.
 */
export class Appointments {
  readonly #random: () => number;
  #lastAt = Number.NEGATIVE_INFINITY;
  #beyondAt = Number.NEGATIVE_INFINITY;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Whether buyers with earlier appointments still have to come, at the monotonic time `now` in ms. */
  isOpen(now: number): boolean {
    return this.#lastAt > now;
  }

  /** Returns when the next buyer shall return. `now` is monotonic, in ms. */
  next({ emptyMs, perSecond, left, endsInMs }: EmptyBucket, now: number): Appointment {
    const stepMs = 1_000 / (OVERBOOKING * perSecond);
    // A buyer behind all units that are left has no use for a turn.
    const soldMs = left === undefined ? LONGEST_MS : Math.min(LONGEST_MS, emptyMs + (left / perSecond) * 1_000);
    const turnMs = Math.max(this.#lastAt - now, 0) + stepMs;
    const isTurn = turnMs <= soldMs;
    if (isTurn) this.#lastAt = now + turnMs;
    const wantedMs = isTurn ? turnMs : this.#beyond(soldMs, now);
    const spreadMs = Math.min(LONGEST_MS, wantedMs * (1 + JITTER * (2 * this.#random() - 1)));
    // After the end there is nothing to return for.
    const waitMs = spreadMs < endsInMs ? spreadMs : endsInMs * (0.5 + 0.5 * this.#random());
    return { waitMs: Math.max(emptyMs, waitMs, 1), isTurn };
  }

  #beyond(soldMs: number, now: number): number {
    const at = Math.max(this.#beyondAt, now + soldMs) + 1_000 / BEYOND_PER_SECOND;
    if (at > now + LONGEST_MS) return LONGEST_MS * (0.5 + 0.5 * this.#random());
    this.#beyondAt = at;
    return at - now;
  }

  forget(): void {
    this.#lastAt = Number.NEGATIVE_INFINITY;
    this.#beyondAt = Number.NEGATIVE_INFINITY;
  }
}
