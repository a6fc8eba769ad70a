import type { PurchaseToken } from '../../shared/api/contract.ts';
import type { Solve } from './purchase-deps.ts';

/** Solves the challenge of a purchase token once, however often it is asked for. */
export class ChallengeWork {
  readonly #solve: Solve;
  #reservationId = '';
  #work: Promise<string | undefined> = Promise.resolve(undefined);
  #running = new AbortController();

  constructor(solve: Solve) {
    this.#solve = solve;
  }

  /** Resolves with the solution; with undefined if there is no challenge, or if this browser does not solve it. */
  of({ reservationId, challenge }: PurchaseToken): Promise<string | undefined> {
    if (challenge === undefined) return Promise.resolve(undefined);
    if (this.#reservationId !== reservationId) {
      this.end();
      this.#reservationId = reservationId;
      this.#running = new AbortController();
      this.#work = this.#solve(challenge, this.#running.signal);
    }
    return this.#work;
  }

  end(): void {
    this.#running.abort();
  }
}
