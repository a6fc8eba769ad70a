import {
  delayMsOf,
  difficultyOf,
  NO_RISK,
  Problem,
  type PurchaseClaims,
  type RiskGrade,
  type SaleSettings,
  timeOfId,
} from 'seckill-core';
import { BLOCKED, type Decision, unavailable } from '../../catalogue/decision.ts';
import type { ItemMemory } from '../../catalogue/item-memory.ts';
import type { UserToken } from '../../security/user-token.ts';
import { type Challenges, waitMsOf } from './challenges.ts';
import type { Requester } from './requester.ts';
import { BLOCK } from './risk-plan.ts';
import { ALLOW, type RiskRules } from './risk-rules.ts';
import type { Scorer } from './scorer.ts';

/** Solutions under check. Each takes 0.35 ms of another thread. */
const MOST_CHECKS = 500;

/** So that a buyer, and who measures, can tell it from the wait that everyone has. */
const SLOWED = 'The rules of the shop delay this purchase. Try again with the same token after retryAfterMs.';

/** A request that risk control holds back, or that has to show first that its challenge is solved. */
export type Held = { readonly decision: Decision; readonly solution?: string };

type Claims = Required<PurchaseClaims>;

/** A try to buy, as risk control sees it. */
export interface RiskyTry {
  readonly claims: Claims;
  readonly solution: string | undefined;
  readonly from: Requester | undefined;
}

export interface RiskGateParts {
  rules: RiskRules;
  challenges: Challenges;
  scorer: Scorer | undefined;
}

/**
 * Returns from when a token can be used: when it was given out, but not before the start. The ids of a waiting room carry the end of the claim.
 * ms since 1970.
 */
export function usableFrom({ startsAt, waitingRoom }: SaleSettings, reservationId: string): number {
  return Math.max(startsAt, timeOfId(reservationId) - (waitingRoom?.claimSeconds ?? 0) * 1_000);
}

/** Holds requests back by the rules, and by the grade of their token: until a delay is over, or a challenge is solved. */
export class RiskGate {
  readonly #parts: RiskGateParts;
  #checks = 0;

  constructor(parts: RiskGateParts) {
    this.#parts = parts;
  }

  /**
   * Judges a request for a purchase token. Returns the grade that the token is to carry. Throws BLOCKED. A promise only if a rule needs the score of
   * the HTTP scorer. `time` is the sale's clock, ms.
   */
  gradeOf(item: ItemMemory, { userId, risk: claims }: UserToken, from: Requester, time: number): RiskGrade | Promise<RiskGrade> {
    const { rules, scorer } = this.#parts;
    if (!rules.isOn) return NO_RISK;
    const judge = (score: number | undefined): RiskGrade => {
      const grade = rules.judgeToken({ item, userId, from, now: performance.now() }, { claims, score, time });
      if (grade === BLOCK) throw new Problem('BLOCKED');
      return grade === ALLOW ? NO_RISK : grade;
    };
    if (!rules.needsScore || claims?.score !== undefined || scorer === undefined) return judge(claims?.score);
    const { saleId } = item.sale;
    const asked = { userId, saleId, itemId: item.itemId, address: rules.addressOf(from), device: rules.deviceOf(from, claims) };
    return scorer.scoreOf(asked).then(judge);
  }

  /** A user joins a waiting room: a farm that waits together is found before its turns come. */
  noteJoin({ userId, risk: claims }: UserToken, from: Requester): void {
    const { rules } = this.#parts;
    if (rules.isOn) rules.noteJoin({ userId, from, now: performance.now() }, claims);
  }

  /** Returns undefined for a request that may be decided. `now` is monotonic, `time` the sale's clock; both in ms. */
  hold(item: ItemMemory, { claims, solution, from }: RiskyTry, now: number, time: number): Held | undefined {
    const { rules } = this.#parts;
    let { grade } = claims;
    if (rules.isOn && from !== undefined) {
      const judged = rules.judgeTry({ item, userId: claims.userId, from, now });
      if (judged === ALLOW) return undefined;
      if (judged === BLOCK) return { decision: BLOCKED };
      if (judged > grade) grade = judged;
    }
    return grade === NO_RISK ? undefined : this.#holdByGrade(item, grade, claims.reservationId, solution, time);
  }

  #holdByGrade(
    { sale }: ItemMemory,
    grade: RiskGrade,
    reservationId: string,
    solution: string | undefined,
    time: number,
  ): Held | undefined {
    const difficulty = difficultyOf(grade);
    const restMs = usableFrom(sale, reservationId) + (difficulty === undefined ? delayMsOf(grade) : waitMsOf(difficulty)) - time;
    if (restMs <= 0) return undefined;
    if (difficulty === undefined) return { decision: { outcome: 'RATE_LIMITED', retryAfterMs: restMs, detail: SLOWED } };
    if (this.#parts.challenges.isSolved(reservationId)) return undefined;
    const decision: Decision = { outcome: 'CHALLENGE_REQUIRED', retryAfterMs: restMs };
    return solution === undefined ? { decision } : { decision, solution };
  }

  /** Calls `next` with undefined if the solution is right, otherwise with the answer to the request. */
  async check({ reservationId }: Claims, { decision, solution = '' }: Held, next: (answer?: Decision) => void): Promise<void> {
    if (this.#checks >= MOST_CHECKS) return next(unavailable());
    this.#checks += 1;
    const fault = await this.#parts.challenges.check(reservationId, solution).finally(() => {
      this.#checks -= 1;
    });
    next(fault === undefined ? undefined : { ...decision, detail: fault });
  }
}
