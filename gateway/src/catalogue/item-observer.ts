import type { Logger } from 'pino';
import { observe, saleStateAt } from 'seckill-core';
import { RedisAway, type RedisLink } from '../links/redis-link.ts';
import type { ItemMemory } from './item-memory.ts';
import type { SalesMemory } from './sales-memory.ts';
import type { ServerClock } from './server-clock.ts';

const TICK_MS = 50;
/** A third of the lease: two observations may be late before buyers go to Redis again. */
const KEEP_UP_MS = 100;
/** How old `remaining` may be while a sale runs. */
const LIVE_MS = 500;
const IDLE_MS = 5_000;
/** A belief is renewed until this long after the last request of a buyer. */
const ASKED_RECENTLY_MS = 5_000;

interface ObservationState {
  /** Monotonic time of the latest request, in ms. */
  at: number;
  again: boolean;
  busy: boolean;
}

/** Reads items from Redis in the background, so that buyers need not: units left while a sale runs, and the winners once it is closed. */
export class ItemObserver {
  readonly #sales: SalesMemory;
  readonly #redis: RedisLink;
  readonly #clock: ServerClock;
  readonly #log: Logger;
  readonly #observations = new WeakMap<ItemMemory, ObservationState>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sales: SalesMemory, redis: RedisLink, clock: ServerClock, log: Logger) {
    this.#sales = sales;
    this.#redis = redis;
    this.#clock = clock;
    this.#log = log;
    sales.onChange((item) => this.refresh(item));
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Observes at once. If an observation is in flight, it may have been too early: another one follows it. */
  refresh(item: ItemMemory): void {
    const state = this.#observations.get(item) ?? { at: Number.NEGATIVE_INFINITY, again: false, busy: false };
    this.#observations.set(item, state);
    if (state.busy) state.again = true;
    else void this.#observe(item, state);
  }

  #tick(): void {
    if (this.#redis.runId === undefined) return;
    const now = performance.now();
    const time = this.#clock.at(now);
    for (const item of this.#sales.items()) {
      const age = now - (this.#observations.get(item)?.at ?? Number.NEGATIVE_INFINITY);
      if (age >= this.#dueAfter(item, now, time)) this.refresh(item);
      item.rest(now);
    }
  }

  #dueAfter(item: ItemMemory, now: number, time: number): number {
    const asked = now - item.askedAt < ASKED_RECENTLY_MS;
    const state = saleStateAt(item.sale, time);
    if (asked && (item.closed !== undefined || state === 'ENDED' || state === 'PAUSED')) return KEEP_UP_MS;
    if (state === 'LIVE') return LIVE_MS;
    return state === 'ENDED' && item.left !== undefined ? Number.POSITIVE_INFINITY : IDLE_MS;
  }

  async #observe(item: ItemMemory, state: ObservationState): Promise<void> {
    state.busy = true;
    try {
      do {
        state.again = false;
        const sentAt = performance.now();
        state.at = sentAt;
        const { unread } = item;
        const observation = await this.#redis.ask((redis, runId) => observe(redis, item.itemId, runId, unread));
        if (item.learn(observation, sentAt, unread)) state.again = true;
      } while (state.again);
    } catch (error) {
      if (!(error instanceof RedisAway)) this.#log.error({ err: error, itemId: item.itemId }, 'an item could not be observed');
    } finally {
      state.busy = false;
    }
  }
}
