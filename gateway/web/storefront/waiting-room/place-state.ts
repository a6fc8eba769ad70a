import type { ApiProblem } from '../../shared/api/api-problem.ts';
import type { Ticket } from '../../shared/api/contract.ts';
import type { Link } from '../../shared/live/follow.ts';

/** What the page shows a buyer about a waiting room. Times are ms on the server's clock. */
export type PlaceState =
  | { step: 'signed-out' }
  /** No ticket yet. */
  | { step: 'outside' }
  | { step: 'joining' }
  /** The page asks again at `retryAt`. `code`: why it has to wait. */
  | { step: 'busy'; code: ApiProblem['code']; retryAt: number }
  | { step: 'inside'; ticket: Ticket; link: Link }
  /** The draw takes no more entries. */
  | { step: 'closed' }
  | { step: 'failed'; problem: ApiProblem };

/** Whether the ticket lets its owner buy at `now`. */
export function hasTurn(state: PlaceState, now: number): boolean {
  if (state.step !== 'inside') return false;
  const { ticket } = state;
  const isAdmitted = ticket.state === 'ADMITTED' || ticket.state === 'DRAWN';
  return isAdmitted && (ticket.claimBy === undefined || now < Date.parse(ticket.claimBy));
}

/** Whether the ticket lets its owner try at `now`: after a missed turn that keeps its place, buying works as soon as a unit is free. */
export function mayTry(state: PlaceState, now: number): boolean {
  return hasTurn(state, now) || (state.step === 'inside' && state.ticket.state === 'WAITING' && state.ticket.missedTurn === true);
}

/** Whether the owner of the ticket has to take a new one: the turn was missed, used, or is over. */
export function needsNewTicket(state: PlaceState, now: number): boolean {
  if (state.step !== 'inside' || hasTurn(state, now)) return false;
  return ['ADMITTED', 'DRAWN', 'ENDED'].includes(state.ticket.state);
}
