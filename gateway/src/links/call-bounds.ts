import { Problem, retryAfterMs } from 'seckill-core';

/** Calls of one kind that may wait for a worker. Each costs a few kilobytes; more would only wait until their buyers have given up. */
const MOST_OF_A_KIND = 5_000;
/** One user's share of a kind: several open pages, but no flood. */
const MOST_OF_A_USER = 16;

/**
 * Bounds the calls that wait for a worker, by kind and by user. Beyond the bounds the answer is UNAVAILABLE at once, so a flood of one kind,
 * or of one user, neither fills the memory nor delays the calls of others.
 */
export class CallBounds {
  readonly #mostOfAKind: number;
  readonly #mostOfAUser: number;
  readonly #inFlight = new Map<string, number>();
  #total = 0;

  constructor(mostOfAKind = MOST_OF_A_KIND, mostOfAUser = MOST_OF_A_USER) {
    this.#mostOfAKind = mostOfAKind;
    this.#mostOfAUser = mostOfAUser;
  }

  get inFlight(): number {
    return this.#total;
  }

  /** Makes the call if the bounds allow it. Throws UNAVAILABLE. */
  async run<Result>(kind: string, userId: string | undefined, call: () => Promise<Result>): Promise<Result> {
    const ofUser = userId === undefined ? undefined : `${kind} ${userId}`;
    this.#refuseBeyond(kind, this.#mostOfAKind);
    if (ofUser !== undefined) this.#refuseBeyond(ofUser, this.#mostOfAUser);
    this.#add(kind, 1);
    if (ofUser !== undefined) this.#add(ofUser, 1);
    this.#total += 1;
    try {
      return await call();
    } finally {
      this.#total -= 1;
      this.#add(kind, -1);
      if (ofUser !== undefined) this.#add(ofUser, -1);
    }
  }

  #refuseBeyond(key: string, most: number): void {
    if ((this.#inFlight.get(key) ?? 0) < most) return;
    throw new Problem('UNAVAILABLE', 'Too many calls wait for the order service. Try again.', retryAfterMs());
  }

  #add(key: string, by: number): void {
    const count = (this.#inFlight.get(key) ?? 0) + by;
    if (count === 0) this.#inFlight.delete(key);
    else this.#inFlight.set(key, count);
  }
}
