import type { PurchaseToken } from './api/buyer-api.ts';
import type { Held, Origin } from './origins.ts';
import type { TicketStory } from './waiting-room/ticket-story.ts';

/** An answer to `POST /api/reservations`; `NO_ANSWER` if none came and the outcome is unknown. */
export interface Answer {
  /** `RESERVED`, or a problem's code. */
  code: string;
  /** `performance.now()`. */
  at: number;
  ms: number;
  reservationId: string;
}

export type Intention = 'pay' | 'abandon' | 'pay late';

/** What became of a win, as its buyer saw it. Times are `performance.now()`, those of the platform ms since 1970. */
export interface Win {
  reservationId: string;
  wonAt: number;
  /** The buyer had received SOLD_OUT before. */
  resale: boolean;
  intention: Intention;
  /** The last status seen; final ones are PAID, CANCELLED, REJECTED and REFUNDED. */
  status: string;
  orderedAt?: number;
  payBy?: number;
  /** Whether the provider took the money; `unknown` if it never answered. */
  moneyGiven: 'no' | 'yes' | 'unknown';
  settledAt?: number;
  /** The answer to the same token the second time: `RESERVED` for the same id, or something else. */
  secondClick?: string;
  /** Time before `payBy` at which the buyer saw the order cancelled. */
  cancelledEarlyMs?: number;
}

/** A simulated person, with every answer that the platform gave them. */
export class Buyer {
  readonly index: number;
  readonly userId: string;
  /** Undefined: as all buyers come from this machine. */
  readonly origin: Origin | undefined;
  readonly answers: Answer[] = [];
  /** In the order in which they were given, in a sale with a waiting room. */
  readonly tickets: TicketStory[] = [];
  /** A gateway did not know a ticket any more, or gave another one although the turn had not come. */
  lostTicket = false;
  accessToken = '';
  token: PurchaseToken | undefined;
  /** The solved challenge of a token, if it has one. */
  solved: { reservationId: string; solution: string } | undefined;
  win: Win | undefined;
  /** What risk control did to this buyer. */
  readonly held = new Set<Held>();
  /** Why the buyer went home without a unit. */
  gaveUp: string | undefined;

  constructor(index: number, userId: string, origin?: Origin) {
    this.index = index;
    this.userId = userId;
    this.origin = origin;
  }

  /** One account of a farm, which tries all the time and never waits as told. */
  get isBot(): boolean {
    return this.origin?.isBot === true;
  }

  /** Whether an answer never came, so that the outcome has to be looked up. */
  get metSilence(): boolean {
    return this.answers.some(({ code }) => code === 'NO_ANSWER');
  }
}

const FINAL = new Set(['PAID', 'CANCELLED', 'REJECTED', 'REFUNDED']);

/** After a late payment CANCELLED is not the end: a refund follows. */
export function isFinal({ status, moneyGiven }: Win): boolean {
  return FINAL.has(status) && !(status === 'CANCELLED' && moneyGiven === 'yes');
}
