import type { Logger } from 'pino';
import { hasRoom, type ReserveAnswer, type ReserveResult, soldOut, stockUnknown, type Winners } from 'seckill-core';
import {
  type Decision,
  LIMIT_REACHED,
  RESERVED,
  reservedAs,
  SALE_ENDED,
  SALE_PAUSED,
  SOLD_OUT,
  TOKEN_INVALID,
  unavailable,
} from '../catalogue/decision.ts';
import type { ItemMemory } from '../catalogue/item-memory.ts';
import type { ItemObserver } from '../catalogue/item-observer.ts';
import type { NatsLink } from '../links/nats-link.ts';
import { RedisAway } from '../links/redis-link.ts';
import type { Claims } from '../waiting-room/claims.ts';
import type { Attempt, BatchHandlers } from './reserve-batches.ts';
import type { WinnerAnnouncements } from './winner-announcements.ts';

export interface SettlementParts {
  nats: NatsLink;
  observer: ItemObserver;
  winners: WinnerAnnouncements;
  claims: Claims;
  log: Logger;
}

type Lane = Pick<Winners, 'priority' | 'hot'>;

/** Each gateway asks workers to rebuild an item at most once in this time. */
const STOCK_UNKNOWN_PAUSE_MS = 1_000;

/** Acts on Redis's answers: announces winners, tells the other gateways that an item is sold out, and answers every buyer of the batch. */
export class Settlement implements BatchHandlers {
  readonly #parts: SettlementParts;
  readonly #stockUnknownAt = new WeakMap<ItemMemory, number>();

  constructor(parts: SettlementParts) {
    this.#parts = parts;
  }

  decided(item: ItemMemory, attempts: readonly Attempt[], result: ReserveResult): void {
    if (result.left !== undefined) item.left = result.left;
    if (result.progress > item.progress) item.progress = result.progress;
    const won: Attempt[] = [];
    let closed = result.left === 0;
    for (const [i, answer] of result.answers.entries()) {
      const attempt = attempts[i];
      if (attempt === undefined) continue;
      if (answer.answer === 'RESERVED') won.push(attempt);
      else {
        closed ||= answer.answer === 'SALE_ENDED' || answer.answer === 'SALE_PAUSED';
        countAndDecide(item, attempt.decide, this.#decision(item, answer, attempt, result.now));
      }
    }
    if (won.length > 0) this.#announceByLane(item, won, result.now);
    if (closed && !item.isBelievedClosed(performance.now())) this.#parts.observer.refresh(item);
    if (won.length > 0 && result.left === 0) this.#parts.nats.broadcast(soldOut, { itemId: item.itemId });
  }

  #decision(item: ItemMemory, answer: ReserveAnswer, { userId, ifNotWon }: Attempt, time: number): Decision {
    switch (answer.answer) {
      case 'RESERVED':
        return RESERVED;
      case 'REPEATED':
        return reservedAs(answer.status);
      case 'FOREIGN':
        return TOKEN_INVALID;
      case 'NOT_STARTED':
        return { outcome: 'NOT_STARTED', retryAfterMs: answer.retryAfterMs };
      case 'RATE_LIMITED':
        return item.limited(userId, answer.retryAfterMs, performance.now(), time);
      case 'USER_PAUSED':
        return item.paused(userId, answer.retryAfterMs, performance.now());
      case 'SOLD_OUT':
        return SOLD_OUT;
      case 'SALE_ENDED':
        return SALE_ENDED;
      case 'SALE_PAUSED':
        return SALE_PAUSED;
      case 'LIMIT_REACHED':
        return LIMIT_REACHED;
      case 'TOO_LATE':
        return ifNotWon ?? unavailable();
      case 'OUTBOX_FULL':
        return unavailable();
      case 'REOPENING':
        return unavailable(answer.retryAfterMs);
      case 'STOCK_UNKNOWN':
        this.#callForRebuild(item);
        return unavailable();
    }
  }

  #announceByLane(item: ItemMemory, won: readonly Attempt[], reservedAt: number): void {
    const hasPriority = ({ priority = false }: Attempt) => priority || item.sale.priority === true;
    const first = won.filter(hasPriority);
    const others = first.length === 0 ? won : won.filter((attempt) => !hasPriority(attempt));
    if (first.length > 0) this.#announce(item, first, reservedAt, { priority: true });
    if (others.length > 0) this.#announce(item, others, reservedAt, item.isHot && { hot: true });
  }

  /** All wins of a call have its time. */
  #announce(item: ItemMemory, won: readonly Attempt[], reservedAt: number, lane: Lane | false): void {
    for (const { reservationId } of won) item.remember(reservationId);
    const winners = won.map(({ reservationId, userId, quantity }) => ({ reservationId, userId, quantity, reservedAt }));
    const message = { saleId: item.sale.saleId, itemId: item.itemId, ...lane, winners };
    this.#parts.winners.announce(message, () => {
      for (const { decide } of won) countAndDecide(item, decide, RESERVED);
    });
    if (hasRoom(item.sale)) for (const { userId, reservationId } of won) this.#parts.claims.use(item.sale, userId, reservationId);
  }

  #callForRebuild(item: ItemMemory): void {
    const now = performance.now();
    item.loseStock();
    if (now - (this.#stockUnknownAt.get(item) ?? Number.NEGATIVE_INFINITY) < STOCK_UNKNOWN_PAUSE_MS) return;
    this.#stockUnknownAt.set(item, now);
    const event = { itemId: item.itemId };
    this.#parts.log.warn(event, 'Redis does not know the stock of an item: it cannot be bought until a worker has rebuilt it');
    this.#parts.nats.broadcast(stockUnknown, event);
  }

  failed(item: ItemMemory, attempts: readonly Attempt[], error: Error): void {
    if (!(error instanceof RedisAway))
      this.#parts.log.error({ err: error, itemId: item.itemId }, 'a batch of requests could not be decided');
    for (const attempt of attempts) countAndDecide(item, attempt.decide, unavailable());
  }
}

/** Counts the answer by item, for the operator; the routes count answers by route. */
export function countAndDecide(item: ItemMemory, decide: (decision: Decision) => void, decision: Decision): void {
  item.answers[decision.outcome] += 1;
  decide(decision);
}
