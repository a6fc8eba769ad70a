import type { ApiProblem } from '../../shared/api/api-problem.ts';
import type { Reservation } from '../../shared/api/contract.ts';
import type { Link } from '../../shared/live/follow-reservation.ts';

/** Why a try has to wait. */
export type BusyReason = 'NOT_STARTED' | 'RATE_LIMITED' | 'SALE_PAUSED' | 'UNAVAILABLE' | 'OFFLINE';

/** What a buyer is told about one item. Times are ms on the server's clock. */
export type PurchaseState =
  /** Nobody may have a purchase token yet. `wish`: the buyer has pressed, it will be tried by itself at the start. */
  | { step: 'too-early'; tokenAt: number; wish: boolean }
  /** The token is in hand; the start is ahead. */
  | { step: 'armed'; wish: boolean }
  /** The sale runs, one press buys. */
  | { step: 'ready' }
  | { step: 'paused'; wish: boolean }
  | { step: 'trying' }
  | { step: 'busy'; reason: BusyReason; retryAt: number }
  /** `wish`: tried again by itself when units come back. */
  | { step: 'sold-out'; wish: boolean }
  | { step: 'limit-reached' }
  | { step: 'ended' }
  | { step: 'won'; reservation: Reservation; link: Link }
  | { step: 'signed-out' }
  | { step: 'failed'; problem: ApiProblem };

export type PurchaseStep = PurchaseState['step'];

/** Steps in which nothing is under way, so that news of the sale may change them. */
export const RESTING: ReadonlySet<PurchaseStep> = new Set(['too-early', 'armed', 'ready', 'paused', 'sold-out', 'ended']);
