import type { Outcome } from './decision.ts';

/** This gateway's answers to tries to buy one item, by outcome. `TOKENS` counts the purchase tokens given out for it. */
export type ItemAnswers = Record<Outcome | 'TOKENS', number>;

/** All keys exist from the start, so that counting is a plain addition. */
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
