import type { Logger } from 'pino';
import {
  broadcasts,
  claimedReservationId,
  itemIdOf,
  type PurchaseTokens,
  type ReserveAnswer,
  type ReserveResult,
  readReservation,
} from 'seckill-core';
import type { ItemMemory } from '../catalogue/item-memory.ts';
import type { ItemObserver } from '../catalogue/item-observer.ts';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { ServerClock } from '../catalogue/server-clock.ts';
import type { NatsLink } from '../links/nats-link.ts';
import type { RedisLink } from '../links/redis-link.ts';
import { type Attempt, type Decision, LIMIT_REACHED, RESERVED, SALE_PAUSED, TOKEN_INVALID, unavailable } from './decision.ts';
import { LoadGuard, type LoadLimits } from './load-guard.ts';
import { ReserveBatches } from './reserve-batches.ts';
import type { WinnerAnnouncements } from './winner-announcements.ts';

export interface AdmissionParts {
  redis: RedisLink;
  nats: NatsLink;
  sales: SalesMemory;
  observer: ItemObserver;
  clock: ServerClock;
  tokens: PurchaseTokens;
  winners: WinnerAnnouncements;
  log: Logger;
  loadLimits?: LoadLimits;
}

/** Workers are called to rebuild an item at most this often by each gateway. */
const STOCK_UNKNOWN_PAUSE_MS = 1_000;

/**
 * Decides who wins, cheapest check first: what memory knows, the signature, then one script in Redis for all who came in the same
 * turn of the event loop. Only that script decides; memory only repeats what it has said.
 */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #batches: ReserveBatches;
  readonly #stockUnknownAt = new WeakMap<ItemMemory, number>();
  readonly load: LoadGuard;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
    this.#batches = new ReserveBatches(parts.redis, parts.clock, {
      decided: (item, attempts, result) => this.#settle(item, attempts, result),
      failed: (item, attempts, error) => this.#fail(item, attempts, error),
    });
    this.load = new LoadGuard(() => this.underWay, parts.loadLimits);
  }

  /** Requests that wait for Redis or for JetStream. */
  get underWay(): number {
    return this.#batches.pending + this.#parts.winners.waiting;
  }

  /** Calls `decide` once, at once where memory knows. */
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
    else tell(item, decide, known);
  }

  #ask(item: ItemMemory, purchaseToken: string, quantity: number, decide: (decision: Decision) => void): void {
    const claims = this.#verify(purchaseToken);
    if (claims === undefined) tell(item, decide, TOKEN_INVALID);
    else if (this.#cannotTakeMore()) tell(item, decide, unavailable());
    else if (quantity > item.settings.limitPerUser) void this.#refuseUnlessWon(item, claims, decide);
    else this.#batches.add(item, { reservationId: claims.reservationId, userId: claims.userId, quantity, decide });
  }

  /** More units than anybody may have cannot be won; but a token that has won is answered as the first time, whatever it asks for. */
  async #refuseUnlessWon(
    item: ItemMemory,
    { reservationId, userId }: { reservationId: string; userId: string },
    decide: (decision: Decision) => void,
  ): Promise<void> {
    try {
      const record = await this.#parts.redis.ask((redis) => readReservation(redis, reservationId));
      if (record === undefined) tell(item, decide, LIMIT_REACHED);
      else tell(item, decide, record.userId === userId ? RESERVED : TOKEN_INVALID);
    } catch {
      tell(item, decide, unavailable());
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
   * An item this gateway has not heard of, of a sale published this moment. That we have signed a token for it says that it exists: where it is
   * not found, Redis has lost the catalogue and a worker will write it anew, and who may have won must not hear that his token is none.
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

  #settle(item: ItemMemory, attempts: readonly Attempt[], result: ReserveResult): void {
    if (result.left !== undefined) item.left = result.left;
    let won = false;
    let closed = result.left === 0;
    for (const [i, answer] of result.answers.entries()) {
      const attempt = attempts[i];
      if (attempt === undefined) continue;
      if (answer.answer === 'RESERVED') {
        won = true;
        this.#win(item, attempt, answer.reservedAt);
      } else {
        closed ||= answer.answer === 'SALE_ENDED' || answer.answer === 'SALE_PAUSED';
        tell(item, attempt.decide, this.#decision(item, answer));
      }
    }
    if (closed && !item.isBelievedClosed(performance.now())) this.#parts.observer.look(item);
    if (won && result.left === 0) {
      this.#parts.nats.broadcast(
        broadcasts.soldOut.subject({ itemId: item.itemId }),
        broadcasts.soldOut.encode({ itemId: item.itemId }),
      );
    }
  }

  #decision(item: ItemMemory, answer: ReserveAnswer): Decision {
    switch (answer.answer) {
      case 'RESERVED':
      case 'REPEATED':
        return RESERVED;
      case 'FOREIGN':
        return TOKEN_INVALID;
      case 'NOT_STARTED':
        return { outcome: 'NOT_STARTED', retryAfterMs: answer.retryAfterMs };
      case 'RATE_LIMITED':
        return item.limited(answer.retryAfterMs, performance.now());
      case 'SALE_PAUSED':
        return SALE_PAUSED;
      case 'OUTBOX_FULL':
      case 'TOO_LATE':
        return unavailable();
      case 'REOPENING':
        return unavailable(answer.retryAfterMs);
      case 'STOCK_UNKNOWN':
        this.#callForRebuild(item);
        return unavailable();
      default:
        return { outcome: answer.answer };
    }
  }

  #win(item: ItemMemory, { reservationId, userId, quantity, decide }: Attempt, reservedAt: number): void {
    const { saleId } = item.sale;
    item.remember(reservationId);
    this.#parts.winners.announce({ reservationId, saleId, itemId: item.itemId, userId, quantity, reservedAt }, () =>
      tell(item, decide, RESERVED),
    );
  }

  #callForRebuild(item: ItemMemory): void {
    const now = performance.now();
    item.loseStock();
    if (now - (this.#stockUnknownAt.get(item) ?? Number.NEGATIVE_INFINITY) < STOCK_UNKNOWN_PAUSE_MS) return;
    this.#stockUnknownAt.set(item, now);
    const event = { itemId: item.itemId };
    this.#parts.log.warn(event, 'Redis does not know the stock of an item: nobody can buy it until a worker has rebuilt it');
    this.#parts.nats.broadcast(broadcasts.stockUnknown.subject(event), broadcasts.stockUnknown.encode(event));
  }

  #fail(item: ItemMemory, attempts: readonly Attempt[], error: Error): void {
    if (error.name !== 'RedisAway') this.#parts.log.error({ err: error, itemId: item.itemId }, 'a batch could not be decided');
    for (const attempt of attempts) tell(item, attempt.decide, unavailable());
  }
}

/** Counted by item for the operator, beside the answers by route that the routes count. */
function tell(item: ItemMemory, decide: (decision: Decision) => void, decision: Decision): void {
  item.answers[decision.outcome] += 1;
  decide(decision);
}
