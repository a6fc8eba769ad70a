import { Problem } from 'seckill-core';

/** A buyer's page sends about one request a second, and browsers rarely have ten of them open. */
const EACH_SECOND = 100;
const SECOND_MS = 1_000;

/** Limits the requests of one signed-in user. Remembers only the users of the current second. */
export class UserRates {
  #counts = new Map<string, number>();
  #second = 0;

  /** Throws RATE_LIMITED if the user has sent too many requests in this second. `now` is monotonic, in ms. */
  count(userId: string, now: number): void {
    const second = Math.floor(now / SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts = new Map();
    }
    const count = (this.#counts.get(userId) ?? 0) + 1;
    this.#counts.set(userId, count);
    if (count <= EACH_SECOND) return;
    // Spread over a second, so that the tabs of one user do not come back together.
    const waitMs = SECOND_MS - (now % SECOND_MS) + Math.random() * SECOND_MS;
    throw new Problem('RATE_LIMITED', 'You send too many requests. Try again after retryAfterMs.', waitMs);
  }
}
