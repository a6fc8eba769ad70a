import type { ProblemCode, ReserveRequest } from 'seckill-core';

/** What a buyer is told. `RESERVED` is also the answer to a winner who asks again. */
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

/** A request under way to Redis. `decide` is called exactly once. */
export interface Attempt extends ReserveRequest {
  readonly decide: (decision: Decision) => void;
}

export const RESERVED: Decision = { outcome: 'RESERVED' };
export const TOKEN_INVALID: Decision = { outcome: 'TOKEN_INVALID' };
export const SOLD_OUT: Decision = { outcome: 'SOLD_OUT' };
export const SALE_ENDED: Decision = { outcome: 'SALE_ENDED' };
export const LIMIT_REACHED: Decision = { outcome: 'LIMIT_REACHED' };
export const SALE_PAUSED: Decision = { outcome: 'SALE_PAUSED', retryAfterMs: 1_000 };

const UNAVAILABLE_RETRY_MS = 1_000;

/** From `afterMs` on, spread over a second, so that those turned away together do not come back together. */
export function unavailable(afterMs = UNAVAILABLE_RETRY_MS / 2): Decision {
  return { outcome: 'UNAVAILABLE', retryAfterMs: afterMs + Math.ceil(Math.random() * UNAVAILABLE_RETRY_MS) };
}
