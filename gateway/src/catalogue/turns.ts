import type { SaleSettings } from 'seckill-core';
import { Appointments } from './appointments.ts';
import type { Visitors } from './visitors.ts';

/** Timers of clients may run a moment early. */
const EARLY_MS = 5;
/**
 * While buyers with a turn have to come, this many tokens are kept free for them: others ask Redis only if the bucket was not known to be empty
 * for that time. A bucket that holds fewer would overflow.
 */
const KEPT_FREE_TOKENS = 5;

/** What the turns depend on, read at each request. */
interface ItemOnSale {
  readonly itemId: string;
  readonly sale: Pick<SaleSettings, 'rateLimit' | 'endsAt'>;
  readonly left: number | undefined;
  /** Gateways that share the bucket. */
  readonly gateways: number;
}

/**
 * Whose turn it is to ask Redis for an item. Memory asks a user to wait who tries too often, who returns before the time they were given, or
 * who comes while the bucket is known to be empty. `now` is this process's monotonic time in ms, `time` the sale's clock (ms since 1970).
 */
export class Turns {
  readonly #item: ItemOnSale;
  readonly #number: number;
  readonly #visitors: Visitors;
  readonly #appointments: Appointments;
  #limitedUntil = Number.NEGATIVE_INFINITY;

  constructor(item: ItemOnSale, visitors: Visitors, random?: () => number) {
    this.#item = item;
    this.#number = Number.parseInt(item.itemId, 16);
    this.#visitors = visitors;
    this.#appointments = new Appointments(random);
  }

  /** Returns 0 if the request may go to Redis, otherwise the ms to wait. */
  waitMs(userId: string, reservationId: string, now: number, time: number): number {
    const visitor = this.#visitors.find(userId, this.#number);
    const earlyMs = this.#visitors.returnAt(visitor) - now;
    if (earlyMs > EARLY_MS) {
      const penaltyMs = this.#visitors.countEarly(visitor, now);
      if (penaltyMs <= earlyMs) return earlyMs;
      this.#visitors.askToReturn(visitor, now + penaltyMs, false);
      return penaltyMs;
    }
    const emptyMs = this.#limitedUntil - now;
    if (emptyMs > 0) return this.#appoint(visitor, emptyMs, now, time);
    if (emptyMs > -this.#keptFreeMs && this.#appointments.isOpen(now) && !this.#visitors.hasTurn(visitor)) {
      return this.#appoint(visitor, 0, now, time);
    }
    return this.#visitors.countTry(visitor, reservationId, now);
  }

  /** Redis had no token, and will have none for `emptyMs`. Returns when the user shall return. */
  limited(userId: string, emptyMs: number, now: number, time: number): number {
    this.#limitedUntil = Math.max(this.#limitedUntil, now + emptyMs);
    return this.#appoint(this.#visitors.find(userId, this.#number), emptyMs, now, time);
  }

  /** The user has to wait for `pauseMs`, whatever the bucket holds. */
  pause(userId: string, pauseMs: number, now: number): void {
    this.#visitors.askToReturn(this.#visitors.find(userId, this.#number), now + pauseMs, false);
  }

  /** Counts a purchase token of the user. Returns 0 if they may have it, otherwise the ms to wait. */
  tokenWaitMs(userId: string, now: number): number {
    return this.#visitors.countToken(this.#visitors.find(userId, this.#number), now);
  }

  /** Forgets that the bucket is empty. */
  forget(): void {
    this.#limitedUntil = Number.NEGATIVE_INFINITY;
    this.#appointments.forget();
  }

  get #keptFreeMs(): number {
    const { burst, ratePerSecond } = this.#item.sale.rateLimit;
    return (Math.min(KEPT_FREE_TOKENS, burst - 1) * 1_000) / ratePerSecond;
  }

  #appoint(visitor: number, emptyMs: number, now: number, time: number): number {
    const { sale, left: leftForAll, gateways } = this.#item;
    const perSecond = sale.rateLimit.ratePerSecond / gateways;
    const left = leftForAll === undefined ? undefined : leftForAll / gateways;
    const { waitMs, isTurn } = this.#appointments.next({ emptyMs, perSecond, left, endsInMs: sale.endsAt - time }, now);
    this.#visitors.askToReturn(visitor, now + waitMs, isTurn);
    return waitMs;
  }
}
