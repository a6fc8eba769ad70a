import type { Logger } from 'pino';
import { inOneWrite, observe, saleStateAt } from 'seckill-core';
import { RedisAway, type RedisLink } from '../links/redis-link.ts';
import { FRESH_MS, type ItemMemory } from './item-memory.ts';
import type { SalesMemory } from './sales-memory.ts';
import type { ServerClock } from './server-clock.ts';

const IDLE_MS = 5_000;
const REST_EVERY_MS = 5_000;

/** An observation in flight. `again`: it may have been sent too early, so another one follows it. */
interface Look {
  again: boolean;
  done: Promise<void>;
}

/**
 * Reads items from Redis for those who ask for them: units left for pages, tokens and consoles, and the winners of a closed item for buyers.
 * An item that is not asked for costs nothing.
 */
export class ItemObserver {
  readonly #sales: SalesMemory;
  readonly #redis: RedisLink;
  readonly #clock: ServerClock;
  readonly #log: Logger;
  readonly #looks = new Map<ItemMemory, Look>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sales: SalesMemory, redis: RedisLink, clock: ServerClock, log: Logger) {
    this.#sales = sales;
    this.#redis = redis;
    this.#clock = clock;
    this.#log = log;
    sales.onChange((item) => {
      item.renew = () => void this.#look(item);
    });
  }

  start(): void {
    this.#timer = setInterval(() => {
      const now = performance.now();
      for (const item of this.#sales.items()) item.rest(now);
    }, REST_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Observes at once. If an observation is in flight, it may have been too early: another one follows it. */
  refresh(item: ItemMemory): void {
    const look = this.#looks.get(item);
    if (look === undefined) void this.#look(item);
    else look.again = true;
  }

  /**
   * Reads those of the items that memory has read too long ago, in one write. Resolves when memory has them, or Redis is away. Many callers
   * share one look.
   */
  async lookAt(items: readonly ItemMemory[]): Promise<void> {
    if (this.#redis.runId === undefined) return;
    const now = performance.now();
    const time = this.#clock.at(now);
    const due = items.filter((item) => now - item.lookedAt >= freshFor(item, time) || this.#looks.has(item));
    if (due.length === 0) return;
    await Promise.all(inOneWrite(this.#redis.redis, () => due.map((item) => this.#look(item))));
  }

  #look(item: ItemMemory): Promise<void> {
    const running = this.#looks.get(item);
    if (running !== undefined) return running.done;
    const look: Look = { again: false, done: Promise.resolve() };
    this.#looks.set(item, look);
    look.done = this.#observe(item, look);
    return look.done;
  }

  async #observe(item: ItemMemory, look: Look): Promise<void> {
    try {
      do {
        look.again = false;
        const sentAt = performance.now();
        item.lookedAt = sentAt;
        const { unread } = item;
        const observation = await this.#redis.ask((redis, runId) => observe(redis, item.itemId, runId, unread));
        if (item.learn(observation, sentAt, unread)) look.again = true;
      } while (look.again);
    } catch (error) {
      if (!(error instanceof RedisAway)) this.#log.error({ err: error, itemId: item.itemId }, 'an item could not be observed');
    } finally {
      this.#looks.delete(item);
    }
  }
}

/** The age in ms from which an item is read again if it is asked for. After the end of a sale its figures no longer matter. */
function freshFor(item: ItemMemory, time: number): number {
  const state = saleStateAt(item.sale, time);
  if (state === 'LIVE') return FRESH_MS;
  return state === 'ENDED' && item.left !== undefined ? Number.POSITIVE_INFINITY : IDLE_MS;
}
