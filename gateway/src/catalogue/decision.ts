import type { ProblemCode } from 'seckill-core';

/** The answers to a try to buy. `RESERVED` is also the answer to a winner's repeated request. */
export type Outcome =
  | 'RESERVED'
  | Extract<
      ProblemCode,
      | 'TOKEN_INVALID'
      | 'NOT_STARTED'
      | 'SALE_ENDED'
      | 'SALE_PAUSED'
      | 'SOLD_OUT'
      | 'RATE_LIMITED'
      | 'LIMIT_REACHED'
      | 'UNAVAILABLE'
    >;

export interface Decision {
  readonly outcome: Outcome;
  readonly retryAfterMs?: number;
}

export const RESERVED: Decision = { outcome: 'RESERVED' };
export const TOKEN_INVALID: Decision = { outcome: 'TOKEN_INVALID' };
export const SOLD_OUT: Decision = { outcome: 'SOLD_OUT' };
export const SALE_ENDED: Decision = { outcome: 'SALE_ENDED' };
export const LIMIT_REACHED: Decision = { outcome: 'LIMIT_REACHED' };
export const SALE_PAUSED: Decision = { outcome: 'SALE_PAUSED', retryAfterMs: 1_000 };

const UNAVAILABLE_RETRY_MS = 1_000;

/** Asks for a retry after `afterMs` plus up to a second, so that buyers who were refused together do not return together. */
export function unavailable(afterMs = UNAVAILABLE_RETRY_MS / 2): Decision {
  return { outcome: 'UNAVAILABLE', retryAfterMs: afterMs + Math.ceil(Math.random() * UNAVAILABLE_RETRY_MS) };
}
