/** A user may try this often at once, and then once in {@link TRY_MS}: far more than a person or a page does. */
const TRIES_AT_ONCE = 10;
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

const WAYS = 4;
const SETS = 2 ** 15;
const SLOTS = SETS * WAYS;

/** The place of one user and item in {@link Visitors}, valid until the next call of `find`. */
export type Visitor = number;

/**
 * What a gateway remembers of users who try to buy, for each item: how often they try, how many purchase tokens they took, and when they were
 * asked to return. Times are monotonic, in ms.
 *
 * It is a set-associative cache in typed arrays: 5 MB at most, with no garbage, about 0.1 µs a request. A full set forgets the user whose
 * times are past first, so a gateway remembers about 100 000 users who wait. Two users share a place by chance once in 10^14 pairs.
 */
export class Visitors {
  readonly #keys = new Uint32Array(SLOTS);
  /** When all tries are available again, as in the generic cell rate algorithm (ITU-T I.371). */
  readonly #triesAt = new Float64Array(SLOTS);
  readonly #tokensAt = new Float64Array(SLOTS);
  readonly #returnAt = new Float64Array(SLOTS);
  /** 1 for a user who was given a turn: see Turns. */
  readonly #turns = new Uint8Array(SLOTS);
  /** The last request that went to Redis. */
  readonly #prints = new Uint32Array(SLOTS);
  readonly #passedAt = new Float64Array(SLOTS);
  readonly #seed = Math.floor(Math.random() * 2 ** 32);

  /** Finds the user's place, or makes one. */
  find(userId: string, item: number): Visitor {
    let set = this.#seed ^ item;
    let key = ~this.#seed ^ Math.imul(item, 0x9e3779b1);
    for (let i = 0; i < userId.length; i += 1) {
      const code = userId.charCodeAt(i);
      set = Math.imul(set ^ code, 0x01000193);
      key = Math.imul(key ^ code, 0x85ebca6b);
      key ^= key >>> 15;
    }
    set = Math.imul(set ^ (set >>> 16), 0x7feb352d);
    const first = ((set ^ (set >>> 15)) & (SETS - 1)) * WAYS;
    key = key >>> 0 || 1;
    for (let slot = first; slot < first + WAYS; slot += 1) if (this.#keys[slot] === key) return slot;
    return this.#replace(first, key);
  }

  #replace(first: number, key: number): Visitor {
    let found = first;
    for (let slot = first + 1; slot < first + WAYS; slot += 1) if (this.#busyUntil(slot) < this.#busyUntil(found)) found = slot;
    this.#keys[found] = key;
    this.#triesAt[found] = 0;
    this.#tokensAt[found] = 0;
    this.#returnAt[found] = 0;
    this.#turns[found] = 0;
    this.#passedAt[found] = Number.NEGATIVE_INFINITY;
    return found;
  }

  #busyUntil(slot: number): number {
    return Math.max(at(this.#triesAt, slot), at(this.#tokensAt, slot), at(this.#returnAt, slot));
  }

  /** When the user was asked to return. */
  returnAt(visitor: Visitor): number {
    return at(this.#returnAt, visitor);
  }

  hasTurn(visitor: Visitor): boolean {
    return this.#turns[visitor] === 1;
  }

  /** Notes that the user was asked to return at `time`. `isTurn`: that time is kept free for them. */
  askToReturn(visitor: Visitor, time: number, isTurn: boolean): void {
    this.#returnAt[visitor] = time;
    this.#turns[visitor] = isTurn ? 1 : 0;
  }

  /** Counts a try. Returns 0 if the request may go on, otherwise the ms to wait. */
  countTry(visitor: Visitor, reservationId: string, now: number): number {
    const print = printOf(reservationId);
    if (this.#prints[visitor] === print && now - at(this.#passedAt, visitor) < UNDER_WAY_MS) return 0;
    const next = Math.max(at(this.#triesAt, visitor), now) + TRY_MS;
    if (next > now + TRIES_MS) {
      const waitMs = this.countEarly(visitor, now);
      this.askToReturn(visitor, now + waitMs, false);
      return waitMs;
    }
    this.#triesAt[visitor] = next;
    this.#prints[visitor] = print;
    this.#passedAt[visitor] = now;
    this.#turns[visitor] = 0;
    return 0;
  }

  /** Counts a try that came too early, so that waits grow while a user hammers. Returns the ms to wait; 0 or less if the user still has tries. */
  countEarly(visitor: Visitor, now: number): number {
    const next = Math.max(at(this.#triesAt, visitor), now) + TRY_MS;
    this.#triesAt[visitor] = Math.min(next, now + TRIES_MS - TRY_MS + LONGEST_PENALTY_MS);
    return at(this.#triesAt, visitor) + TRY_MS - TRIES_MS - now;
  }

  /** Counts a purchase token. Returns 0 if the user may have it, otherwise the ms to wait. */
  countToken(visitor: Visitor, now: number): number {
    const next = Math.max(at(this.#tokensAt, visitor), now) + TOKEN_MS;
    if (next > now + TOKENS_MS) return next - now - TOKENS_MS;
    this.#tokensAt[visitor] = next;
    return 0;
  }
}

function at(times: Float64Array, slot: number): number {
  return times[slot] ?? 0;
}

/** 24 random bits of the reservation id. */
function printOf(reservationId: string): number {
  let print = 0;
  for (let i = 24; i < 30; i += 1) print = (print << 5) ^ reservationId.charCodeAt(i);
  return print >>> 0;
}
