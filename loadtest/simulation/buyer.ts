import type { PurchaseToken } from './api/buyer-api.ts';

/** An answer to `POST /api/reservations`; `NO_ANSWER` where none came, so that nobody knows the outcome. */
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
  /** After having been told "sold out" before. */
  resale: boolean;
  intention: Intention;
  /** The last status seen; final ones are PAID, CANCELLED, REJECTED and REFUNDED. */
  status: string;
  orderedAt?: number;
  payBy?: number;
  /** Whether the provider took the money; `unknown` where it never answered. */
  moneyGiven: 'no' | 'yes' | 'unknown';
  settledAt?: number;
  /** What the same token was answered the second time: `RESERVED` with the same id, or else. */
  secondClick?: string;
  /** Seen cancelled so long before `payBy`. */
  cancelledEarlyMs?: number;
}

/** One simulated person, with all that the platform ever told them. */
export class Buyer {
  readonly index: number;
  readonly userId: string;
  readonly answers: Answer[] = [];
  accessToken = '';
  token: PurchaseToken | undefined;
  win: Win | undefined;
  /** Why the buyer went home without a unit. */
  gaveUp: string | undefined;

  constructor(index: number, userId: string) {
    this.index = index;
    this.userId = userId;
  }

  /** Some answer never came: the outcome has to be looked up. */
  get metSilence(): boolean {
    return this.answers.some(({ code }) => code === 'NO_ANSWER');
  }
}

const FINAL = new Set(['PAID', 'CANCELLED', 'REJECTED', 'REFUNDED']);

/** Money that came too late is on its way back: then CANCELLED is not the end. */
export function isFinal({ status, moneyGiven }: Win): boolean {
  return FINAL.has(status) && !(status === 'CANCELLED' && moneyGiven === 'yes');
}
