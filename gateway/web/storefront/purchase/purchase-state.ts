import type { ApiProblem } from '../../shared/api/api-problem.ts';
import type { Reservation } from '../../shared/api/contract.ts';
import type { Link } from '../../shared/live/follow.ts';

/** What the page shows a buyer about one item. Times are ms on the server's clock. */
export type PurchaseState =
  /** No purchase tokens yet. `wanted`: the buyer has pressed, and the page tries to buy at the start. */
  | { step: 'too-early'; tokenAt: number; wanted: boolean }
  /** The page has a token and waits for the start. */
  | { step: 'armed'; wanted: boolean }
  /** The sale is on: one press buys. */
  | { step: 'ready' }
  | { step: 'paused'; wanted: boolean }
  /** The sale has a waiting room, and it is not this buyer's turn. */
  | { step: 'not-admitted' }
  | { step: 'trying' }
  /** The page solves the challenge of its purchase token. `until`: from then on the token is served without a solution. */
  | { step: 'challenged'; until: number }
  /** `code`: why the page has to wait. */
  | { step: 'busy'; code: ApiProblem['code']; retryAt: number }
  /** `wanted`: the page tries again when units come back. */
  | { step: 'sold-out'; wanted: boolean }
  | { step: 'limit-reached' }
  | { step: 'ended' }
  | { step: 'won'; reservation: Reservation; link: Link }
  | { step: 'signed-out' }
  | { step: 'failed'; problem: ApiProblem };

export type PurchaseStep = PurchaseState['step'];

/** Steps in which no request is in flight, so that news of the sale may change them. */
export const RESTING: ReadonlySet<PurchaseStep> = new Set([
  'too-early',
  'armed',
  'ready',
  'paused',
  'not-admitted',
  'sold-out',
  'ended',
]);
