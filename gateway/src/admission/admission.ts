import { claimedReservationId, itemIdOf, type PurchaseTokens, readReservation } from 'seckill-core';
import { type Decision, LIMIT_REACHED, RESERVED, TOKEN_INVALID, unavailable } from '../catalogue/decision.ts';
import type { ItemMemory } from '../catalogue/item-memory.ts';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { ServerClock } from '../catalogue/server-clock.ts';
import type { RedisLink } from '../links/redis-link.ts';
import { LoadGuard, type LoadLimits } from './load-guard.ts';
import { ReserveBatches } from './reserve-batches.ts';
import { countAndDecide, Settlement, type SettlementParts } from './settlement.ts';

export interface AdmissionParts extends SettlementParts {
  redis: RedisLink;
  sales: SalesMemory;
  clock: ServerClock;
  tokens: PurchaseTokens;
  loadLimits?: LoadLimits | undefined;
}

/**
 * Decides who wins, cheapest check first: memory, then the signature, then one Redis script for all requests that arrived in the same
 * turn of the event loop. Only that script decides; memory only repeats its answers.
 */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #batches: ReserveBatches;
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

  /** Calls `decide` once: before it returns if memory knows the answer, later otherwise. */
  reserve(purchaseToken: string, quantity: number, decide: (decision: Decision) => void): void {
    const reservationId = claimedReservationId(purchaseToken) ?? '';
    const item = this.#parts.sales.item(itemIdOf(reservationId));
    if (item === undefined) {
      void this.#search(purchaseToken, quantity, decide);
      return;
    }
    const now = performance.now();
    const known = item.answer(reservationId, now, this.#parts.clock.at(now));
    if (known === undefined) this.#ask(item, purchaseToken, quantity, decide);
    else countAndDecide(item, decide, known);
  }

  #ask(item: ItemMemory, purchaseToken: string, quantity: number, decide: (decision: Decision) => void): void {
    const claims = this.#verify(purchaseToken);
    if (claims === undefined) countAndDecide(item, decide, TOKEN_INVALID);
    else if (this.#cannotTakeMore()) countAndDecide(item, decide, unavailable());
    else if (quantity > item.settings.limitPerUser) void this.#refuseUnlessWon(item, claims, decide);
    else this.#batches.add(item, { reservationId: claims.reservationId, userId: claims.userId, quantity, decide });
  }

  /** No buyer can win more units than the limit. But a token that has won keeps its answer, whatever quantity a repeated request names. */
  async #refuseUnlessWon(
    item: ItemMemory,
    { reservationId, userId }: { reservationId: string; userId: string },
    decide: (decision: Decision) => void,
  ): Promise<void> {
    try {
      const record = await this.#parts.redis.ask((redis) => readReservation(redis, reservationId));
      if (record === undefined) countAndDecide(item, decide, LIMIT_REACHED);
      else countAndDecide(item, decide, record.userId === userId ? RESERVED : TOKEN_INVALID);
    } catch {
      countAndDecide(item, decide, unavailable());
    }
  }

  #cannotTakeMore(): boolean {
    return this.#parts.redis.runId === undefined || this.load.isOverloaded || this.#parts.winners.isFull;
  }

  #verify(purchaseToken: string): { reservationId: string; userId: string } | undefined {
    const claims = this.#parts.tokens.verify(purchaseToken);
    return claims !== undefined && claims.expiresAt * 1_000 > this.#parts.clock.now() ? claims : undefined;
  }

  /**
   * For an item that memory lacks, because its sale was published this moment. Our signature on the token proves that the item exists.
   * If it is still not found, Redis has lost the catalogue until a worker writes it again, and a possible winner must not be told that
   * the token is invalid.
   */
  async #search(purchaseToken: string, quantity: number, decide: (decision: Decision) => void): Promise<void> {
    const { sales } = this.#parts;
    const claims = this.#verify(purchaseToken);
    if (claims === undefined) {
      decide(TOKEN_INVALID);
      return;
    }
    await sales.search().catch(() => undefined);
    const item = sales.item(itemIdOf(claims.reservationId));
    if (item !== undefined) this.#ask(item, purchaseToken, quantity, decide);
    else decide(unavailable());
  }
}
