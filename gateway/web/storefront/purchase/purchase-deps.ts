import type { PurchaseToken, Reservation } from '../../shared/api/contract.ts';
import type { ServerClock } from '../../shared/clock/server-clock.ts';
import type { ReservationNews } from '../../shared/live/follow-reservation.ts';
import type { Challenge } from '../challenge/solve-challenge.ts';
import type { AttemptStore } from './attempt-store.ts';
import type { PurchaseState } from './purchase-state.ts';

export interface PurchaseApi {
  issueToken(saleId: string, itemId: string): Promise<PurchaseToken>;
  reserve(purchaseToken: string, quantity: number, challengeSolution?: string): Promise<{ reservationId: string }>;
  readReservation(reservationId: string): Promise<Reservation>;
  /** Tells of every change until the returned function is called. */
  followReservation(reservationId: string, told: (news: ReservationNews) => void): () => void;
}

/** Resolves with the solution of a challenge, or with undefined if this browser does not solve it. */
export type Solve = (challenge: Challenge, signal: AbortSignal) => Promise<string | undefined>;

/** The buyer's turn in the sale's waiting room. */
export interface Turn {
  hasCome(): boolean;
  /** Whether the page takes the turn up without a press: buying needs a purchase token, and the time to fetch the first one is short. */
  takesItselfUp(): boolean;
  /** The gateway says that it is not the buyer's turn. */
  refused(): void;
}

export interface PurchaseDeps {
  api: PurchaseApi;
  store: Pick<AttemptStore, 'read' | 'write' | 'clear' | 'onOtherTab' | 'alone'>;
  clock: Pick<ServerClock, 'now'>;
  /** Fetch the token in the lead time, without waiting for the press. */
  armsItself: boolean;
  solve: Solve;
  /** Absent if the sale has no waiting room. */
  turn?: Turn | undefined;
  onChange(state: PurchaseState): void;
  random?: () => number;
}
