import { type Slot, SlotTable } from './slot-table.ts';

/** A user may try this often at once, and then once in {@link TRY_MS}: far more than a person or a page does, and as often as they have tokens. */
const TRIES_AT_ONCE = 20;
const TRY_MS = 200;
const TRIES_MS = TRIES_AT_ONCE * TRY_MS;
/** The longest wait that a user gets for trying too often. */
const LONGEST_PENALTY_MS = 10_000;
/** The same token again this soon after it went to Redis is not counted: it may have won there. */
const UNDER_WAY_MS = 100;

/** Purchase tokens of one user for one item: this many at once, then one in {@link TOKEN_MS}. */
const TOKENS_AT_ONCE = 20;
const TOKEN_MS = 5_000;
const TOKENS_MS = TOKENS_AT_ONCE * TOKEN_MS;

const SETS = 2 ** 15;

/** What is known of a visitor. */
const SIZE = 8;
/** When all tries are available again, as in the generic cell rate algorithm (ITU-T I.371); the same of purchase tokens. */
const TRIES_AT = 0;
const TOKENS_AT = 1;
const RETURN_AT = 2;
/** 1 for a user who was given a turn: see Turns. */
const TURN = 3;
/** The last request that went to Redis. */
const PRINT = 4;
const PASSED_AT = 5;

/** The place of one user and item in {@link Visitors}, valid until the next call of `find`. */
export type Visitor = Slot;

/**
 * What a gateway remembers of users who try to buy, for each item: how often they try, how many purchase tokens they took, and when they were
 * asked to return. Times are monotonic, in ms.
 *
 * It takes 9 MB, and remembers about 100 000 users who wait.
 */
export class Visitors {
  readonly #table = new SlotTable({ sets: SETS, size: SIZE, usefulUntil: busyUntil });
  readonly #known = this.#table.numbers;

  /** Finds the user's place, or makes one. */
  find(userId: string, item: number): Visitor {
    return this.#table.find(userId, item);
  }

  #at(visitor: Visitor, field: number): number {
    return this.#known[visitor + field] ?? 0;
  }

  /** When the user was asked to return. */
  returnAt(visitor: Visitor): number {
    return this.#at(visitor, RETURN_AT);
  }

  hasTurn(visitor: Visitor): boolean {
    return this.#at(visitor, TURN) === 1;
  }

  /** Notes that the user was asked to return at `time`. `isTurn`: that time is kept free for them. */
  askToReturn(visitor: Visitor, time: number, isTurn: boolean): void {
    this.#known[visitor + RETURN_AT] = time;
    this.#known[visitor + TURN] = isTurn ? 1 : 0;
  }

  /** Counts a try. Returns 0 if the request may go on, otherwise the ms to wait. */
  countTry(visitor: Visitor, reservationId: string, now: number): number {
    const print = printOf(reservationId);
    if (this.#at(visitor, PRINT) === print && now - this.#at(visitor, PASSED_AT) < UNDER_WAY_MS) return 0;
    const next = Math.max(this.#at(visitor, TRIES_AT), now) + TRY_MS;
    if (next > now + TRIES_MS) {
      const waitMs = this.countEarly(visitor, now);
      this.askToReturn(visitor, now + waitMs, false);
      return waitMs;
    }
    this.#known[visitor + TRIES_AT] = next;
    this.#known[visitor + PRINT] = print;
    this.#known[visitor + PASSED_AT] = now;
    this.#known[visitor + TURN] = 0;
    return 0;
  }

  /** Counts a try that came too early, so that waits grow while a user hammers. Returns the ms to wait; 0 or less if the user still has tries. */
  countEarly(visitor: Visitor, now: number): number {
    const next = Math.max(this.#at(visitor, TRIES_AT), now) + TRY_MS;
    const triesAt = Math.min(next, now + TRIES_MS - TRY_MS + LONGEST_PENALTY_MS);
    this.#known[visitor + TRIES_AT] = triesAt;
    return triesAt + TRY_MS - TRIES_MS - now;
  }

  /** Counts a purchase token. Returns 0 if the user may have it, otherwise the ms to wait. */
  countToken(visitor: Visitor, now: number): number {
    const next = Math.max(this.#at(visitor, TOKENS_AT), now) + TOKEN_MS;
    if (next > now + TOKENS_MS) return next - now - TOKENS_MS;
    this.#known[visitor + TOKENS_AT] = next;
    return 0;
  }
}

function busyUntil(known: Float64Array, visitor: Visitor): number {
  return Math.max(known[visitor + TRIES_AT] ?? 0, known[visitor + TOKENS_AT] ?? 0, known[visitor + RETURN_AT] ?? 0);
}

/** 24 random bits of the reservation id. */
function printOf(reservationId: string): number {
  let print = 0;
  for (let i = 24; i < 30; i += 1) print = (print << 5) ^ reservationId.charCodeAt(i);
  return print >>> 0;
}
