import { delayMsOf, difficultyOf, type PurchaseClaims, timeOfId } from 'seckill-core';
import { type Decision, unavailable } from '../../catalogue/decision.ts';
import type { ItemMemory } from '../../catalogue/item-memory.ts';
import { type Challenges, waitMsOf } from './challenges.ts';

/** Solutions under check. Each takes 0.35 ms of another thread. */
const MOST_CHECKS = 500;

/** A request that risk control holds back, or that has to show first that its challenge is solved. */
export type Held = { readonly decision: Decision; readonly solution?: string };

type Claims = Required<PurchaseClaims>;

/** Holds requests back by the grade of their token: until a delay is over, or a challenge is solved. */
export class RiskGate {
  readonly #challenges: Challenges;
  #checks = 0;

  constructor(challenges: Challenges) {
    this.#challenges = challenges;
  }

  /** Returns undefined for a request that may be decided. `time` is the sale's clock, ms. */
  hold({ sale }: ItemMemory, { reservationId, grade }: Claims, solution: string | undefined, time: number): Held | undefined {
    const difficulty = difficultyOf(grade);
    const from = Math.max(sale.startsAt, timeOfId(reservationId));
    const restMs = from + (difficulty === undefined ? delayMsOf(grade) : waitMsOf(difficulty)) - time;
    if (restMs <= 0) return undefined;
    if (difficulty === undefined) return { decision: { outcome: 'RATE_LIMITED', retryAfterMs: restMs } };
    if (this.#challenges.isSolved(reservationId)) return undefined;
    const decision: Decision = { outcome: 'CHALLENGE_REQUIRED', retryAfterMs: restMs };
    return solution === undefined ? { decision } : { decision, solution };
  }

  /** Calls `next` with undefined if the solution is right, otherwise with the answer to the request. */
  async check({ reservationId }: Claims, { decision, solution = '' }: Held, next: (answer?: Decision) => void): Promise<void> {
    if (this.#checks >= MOST_CHECKS) return next(unavailable());
    this.#checks += 1;
    const fault = await this.#challenges.check(reservationId, solution).finally(() => {
      this.#checks -= 1;
    });
    next(fault === undefined ? undefined : { ...decision, detail: fault });
  }
}
