import { itemIdOf, type PurchaseClaims, type PurchaseTokens } from 'seckill-core';
import { BLOCKED, type Decision, LIMIT_REACHED, TOKEN_INVALID, unavailable } from '../catalogue/decision.ts';
import type { ItemMemory } from '../catalogue/item-memory.ts';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { ServerClock } from '../catalogue/server-clock.ts';
import { TwoGenerations } from '../catalogue/two-generations.ts';
import type { HotItems } from '../hot-items/hot-items.ts';
import type { RedisLink } from '../links/redis-link.ts';
import { type Arrival, LoadGuard, type LoadLimits } from './load-guard.ts';
import { DECIDE_WITHIN_MS, ReserveBatches } from './reserve-batches.ts';
import type { Held, RiskGate } from './risk/risk-gate.ts';
import { countAndDecide, Settlement, type SettlementParts } from './settlement.ts';

export interface AdmissionParts extends SettlementParts {
  redis: RedisLink;
  sales: SalesMemory;
  clock: ServerClock;
  tokens: PurchaseTokens;
  hotItems: HotItems;
  risk: RiskGate;
  loadLimits?: LoadLimits | undefined;
}

/** After this time no command that carries an expired token can still be on its way to Redis: twice what one may take, for clocks that differ. */
const EXPIRY_GRACE_MS = 2 * DECIDE_WITHIN_MS;
/** A blocked token that has not won is not looked up again for this long: a blocked client that tries in a loop costs Redis next to nothing. */
const BLOCKED_STANDS_MS = 2_000;
/** A sale leaves the catalogue more than a day after its end. A token that expired before that, for an item that is not there, is of the past. */
const PAST_MS = 24 * 60 * 60 * 1_000;

type Claims = Required<PurchaseClaims>;
type Decide = (decision: Decision) => void;

/** A try to buy, with a token that we signed. */
interface Try {
  readonly claims: Claims;
  readonly quantity: number;
  readonly arrival: Arrival;
  readonly solution: string | undefined;
  readonly decide: Decide;
}

/**
 * Decides who wins, cheapest check first: the signature, then memory, then one Redis script for all requests that arrived in the same
 * turn of the event loop. Only that script decides; memory only repeats its answers. A text that we did not sign has no effect: it is not
 * counted for any item, keeps no memory, and reads nothing.
 */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #batches: ReserveBatches;
  /** Blocked tokens that had not won at that monotonic time, in ms. */
  readonly #blocked = new TwoGenerations<number>(20_000);
  readonly load: LoadGuard;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#batches = new ReserveBatches(parts.redis, parts.clock, new Settlement(parts));
    this.load = new LoadGuard(() => this.underWay, parts.loadLimits);
  }

  /** Requests that wait for Redis or for JetStream. */
  get underWay(): number {
    return this.#batches.pending + this.#parts.winners.waiting;
  }

  /**
   * Calls `decide` once: before it returns if memory knows the answer, later otherwise. `solution` is that of the token's challenge, if it came
   * with one.
   */
  reserve(purchaseToken: string, quantity: number, arrival: Arrival, decide: Decide, solution?: string): void {
    const claims = this.#parts.tokens.verify(purchaseToken);
    if (claims === undefined) {
      decide(TOKEN_INVALID);
      return;
    }
    if (this.load.isLate(arrival)) {
      decide(unavailable());
      return;
    }
    const item = this.#parts.sales.item(itemIdOf(claims.reservationId));
    const attempt: Try = { claims, quantity, arrival, solution, decide };
    if (item === undefined) void this.#search(attempt);
    else this.#admit(item, attempt, arrival.at);
  }

  #admit(item: ItemMemory, attempt: Try, now: number): void {
    const { claims, quantity, arrival, solution, decide } = attempt;
    this.#parts.hotItems.count(item);
    const time = this.#parts.clock.at(now);
    const expiredMs = time - claims.expiresAt * 1_000;
    const { reservationId, userId, priority } = claims;
    const held = this.#parts.risk.hold(item, { claims, solution, from: arrival }, now, time);
    const isExpired = expiredMs >= 0;
    const known = isExpired
      ? item.closedTo(reservationId, now)
      : (item.answer(reservationId, now, time) ?? (held ? undefined : item.notYourTurn(userId, reservationId, now, time)));
    if (known !== undefined) countAndDecide(item, decide, known);
    else if (this.#cannotTakeMore()) countAndDecide(item, decide, unavailable());
    else if (isExpired) {
      // The token may have won, and its buyer must not be sent for another one. A command of it may even be in flight.
      const ifNotWon = expiredMs > EXPIRY_GRACE_MS ? TOKEN_INVALID : unavailable();
      this.#batches.find(item, { reservationId, userId, ifNotWon, decide });
    } else if (held !== undefined) this.#holdBack(item, attempt, held);
    else if (quantity > item.settings.limitPerUser) {
      // No buyer can win more units than the limit. But a token that has won keeps its answer, whatever quantity a repeated request names.
      this.#batches.find(item, { reservationId, userId, ifNotWon: LIMIT_REACHED, decide });
    } else this.#batches.add(item, { reservationId, userId, quantity, priority, decide, connection: arrival.socket });
  }

  /** A token that may have won keeps its answer, whatever risk control says now. */
  #holdBack(item: ItemMemory, attempt: Try, held: Held): void {
    const { claims, decide } = attempt;
    const { reservationId, userId } = claims;
    const { risk } = this.#parts;
    if (held.decision === BLOCKED) this.#block(item, claims, decide);
    else if (item.mayHaveWon(reservationId)) this.#batches.find(item, { reservationId, userId, ifNotWon: held.decision, decide });
    else if (held.solution === undefined) countAndDecide(item, decide, held.decision);
    else {
      void risk.check(claims, held, (answer) => {
        if (answer === undefined) this.#admit(item, attempt, performance.now());
        else countAndDecide(item, decide, answer);
      });
    }
  }

  /** A blocked user who has won keeps that answer, also if this gateway does not know their win yet: Redis is asked. */
  #block(item: ItemMemory, { reservationId, userId }: Claims, decide: Decide): void {
    const notWonAt = this.#blocked.get(reservationId) ?? Number.NEGATIVE_INFINITY;
    if (performance.now() - notWonAt < BLOCKED_STANDS_MS) {
      countAndDecide(item, decide, BLOCKED);
      return;
    }
    this.#batches.find(item, {
      reservationId,
      userId,
      ifNotWon: BLOCKED,
      decide: (decision) => {
        if (decision === BLOCKED) this.#blocked.set(reservationId, performance.now());
        decide(decision);
      },
    });
  }

  #cannotTakeMore(): boolean {
    return this.#parts.redis.runId === undefined || this.load.isOverloaded || this.#parts.winners.isFull;
  }

  /**
   * For an item that memory lacks, because its sale was published this moment. Our signature on the token proves that the item exists.
   * If it is still not found, Redis has lost the catalogue until a worker writes it again, and a possible winner must not be told that
   * the token is invalid.
   */
  async #search(attempt: Try): Promise<void> {
    const { claims, decide } = attempt;
    const { sales, clock } = this.#parts;
    await sales.search().catch(() => undefined);
    const item = sales.item(itemIdOf(claims.reservationId));
    if (item !== undefined) this.#admit(item, attempt, performance.now());
    else decide(clock.now() - claims.expiresAt * 1_000 > PAST_MS ? TOKEN_INVALID : unavailable());
  }
}
