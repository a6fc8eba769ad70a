import type { PurchaseOutcome, ReservationStatus } from 'seckill-core';

/** The answer to an attempt to buy. `RESERVED` is also the outcome of a winner's repeated request, with the present status. */
export interface Decision {
  readonly outcome: PurchaseOutcome;
  /** Present status of a reservation that was won before. */
  readonly status?: ReservationStatus;
  readonly retryAfterMs?: number;
  /** In place of the usual detail of the problem. */
  readonly detail?: string;
}

export const RESERVED: Decision = { outcome: 'RESERVED' };
export const TOKEN_INVALID: Decision = { outcome: 'TOKEN_INVALID' };
export const SOLD_OUT: Decision = { outcome: 'SOLD_OUT' };
export const SALE_ENDED: Decision = { outcome: 'SALE_ENDED' };
export const LIMIT_REACHED: Decision = { outcome: 'LIMIT_REACHED' };
export const BLOCKED: Decision = { outcome: 'BLOCKED' };
export const SALE_PAUSED: Decision = { outcome: 'SALE_PAUSED', retryAfterMs: 1_000 };

/** The answer to a token that has won, whatever has become of the reservation. */
export function reservedAs(status: ReservationStatus): Decision {
  return { outcome: 'RESERVED', status };
}

const UNAVAILABLE_RETRY_MS = 1_000;

/** The retries spread over a second from `afterMs` on, so that buyers who were refused together do not return together. */
export function unavailable(afterMs = UNAVAILABLE_RETRY_MS / 2): Decision {
  return { outcome: 'UNAVAILABLE', retryAfterMs: afterMs + Math.ceil(Math.random() * UNAVAILABLE_RETRY_MS) };
}
