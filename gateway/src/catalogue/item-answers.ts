import type { Outcome } from './decision.ts';

/** What this gateway has answered to those who tried to buy one item. `TOKENS`: purchase tokens given out for it. */
export type ItemAnswers = Record<Outcome | 'TOKENS', number>;

/** All there from the start: counting is then an addition to a known place. */
export function noAnswers(): ItemAnswers {
  return {
    TOKENS: 0,
    RESERVED: 0,
    TOKEN_INVALID: 0,
    NOT_STARTED: 0,
    SALE_ENDED: 0,
    SALE_PAUSED: 0,
    SOLD_OUT: 0,
    RATE_LIMITED: 0,
    LIMIT_REACHED: 0,
    UNAVAILABLE: 0,
  };
}
