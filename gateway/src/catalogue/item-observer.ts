import type { Logger } from 'pino';
import { observe, saleStateAt } from 'seckill-core';
import type { RedisLink } from '../links/redis-link.ts';
import type { ItemMemory } from './item-memory.ts';
import type { SalesMemory } from './sales-memory.ts';
import type { ServerClock } from './server-clock.ts';

const TICK_MS = 50;
/** A third of the lease: two looks may be late before buyers go to Redis again. */
const KEEP_UP_MS = 100;
/** How old `remaining` may be while a sale runs. */
const LIVE_MS = 500;
const IDLE_MS = 5_000;
/** A belief is kept up for as long after the last buyer who asked. */
const ASKED_RECENTLY_MS = 5_000;

/** Looks at items in Redis so that buyers need not: units left while a sale runs, and who has won once nobody else can. */
export class ItemObserver {
  readonly #sales: SalesMemory;
  readonly #redis: RedisLink;
  readonly #clock: ServerClock;
  readonly #log: Logger;
  readonly #looks = new WeakMap<ItemMemory, { at: number; again: boolean; busy: boolean }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sales: SalesMemory, redis: RedisLink, clock: ServerClock, log: Logger) {
    this.#sales = sales;
    this.#redis = redis;
    this.#clock = clock;
    this.#log = log;
    sales.onChange((item) => this.look(item));
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks at once; where a look is under way, once more after it, since it may have been too early. */
  look(item: ItemMemory): void {
    const look = this.#looks.get(item) ?? { at: Number.NEGATIVE_INFINITY, again: false, busy: false };
    this.#looks.set(item, look);
    if (look.busy) look.again = true;
    else void this.#observe(item, look);
  }

  #tick(): void {
    if (this.#redis.runId === undefined) return;
    const now = performance.now();
    const time = this.#clock.at(now);
    for (const item of this.#sales.items()) {
      const age = now - (this.#looks.get(item)?.at ?? Number.NEGATIVE_INFINITY);
      if (age >= this.#dueAfter(item, now, time)) this.look(item);
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

  async #observe(item: ItemMemory, look: { at: number; again: boolean; busy: boolean }): Promise<void> {
    look.busy = true;
    try {
      do {
        look.again = false;
        const sentAt = performance.now();
        look.at = sentAt;
        const { unread } = item;
        const observation = await this.#redis.ask((redis, runId) => observe(redis, item.itemId, runId, unread));
        if (item.learn(observation, sentAt, unread)) look.again = true;
      } while (look.again);
    } catch (error) {
      if ((error as Error).name !== 'RedisAway')
        this.#log.error({ err: error, itemId: item.itemId }, 'an item could not be observed');
    } finally {
      look.busy = false;
    }
  }
}
