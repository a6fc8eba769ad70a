import type { Logger } from 'pino';
import { readSales, readSalesVersion, type SaleSettings } from 'seckill-core';
import type { RedisLink } from '../links/redis-link.ts';
import { ItemMemory } from './item-memory.ts';
import type { ServerClock } from './server-clock.ts';

/** How late a change reaches a gateway that missed its broadcast. */
const POLL_MS = 500;
/** Buyers with tokens of an item that is not known here cause no more loads than this. */
const SEARCH_PAUSE_MS = 250;
const TIME_SAMPLES = 4;
/** A sale that is no longer in the catalogue is remembered for as long after its end: Redis may have lost it and get it back. */
const FORGET_AFTER_MS = 60 * 60 * 1_000;

/** Every published sale, so that no buyer's request waits for settings. Keeps what it knows while Redis is away or empty. */
export class SalesMemory {
  readonly #redis: RedisLink;
  readonly #clock: ServerClock;
  readonly #log: Logger;
  readonly #sales = new Map<string, SaleSettings>();
  readonly #items = new Map<string, ItemMemory>();
  readonly #changeListeners: ((item: ItemMemory) => void)[] = [];
  #version: string | undefined;
  #loaded = false;
  #running: Promise<void> | undefined;
  #waiting: Promise<void> | undefined;
  #searchedAt = Number.NEGATIVE_INFINITY;
  #complained = false;
  #poll: NodeJS.Timeout | undefined;

  constructor(redis: RedisLink, clock: ServerClock, log: Logger) {
    this.#redis = redis;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#redis.onReady(() => {
      for (const item of this.#items.values()) item.doubt();
      this.#clock.doubt();
      void this.#lookForChanges().then(() => this.#learnTheTime());
    });
    this.#poll = setInterval(() => void this.#lookForChanges(), POLL_MS);
  }

  stop(): void {
    clearInterval(this.#poll);
  }

  /** True once the catalogue was read, be it empty. */
  get loaded(): boolean {
    return this.#loaded;
  }

  sale(saleId: string): SaleSettings | undefined {
    return this.#sales.get(saleId);
  }

  item(itemId: string): ItemMemory | undefined {
    return this.#items.get(itemId);
  }

  /** Published sales, the next to start first. */
  sales(): SaleSettings[] {
    return Array.from(this.#sales.values()).sort((a, b) => a.startsAt - b.startsAt);
  }

  items(): IterableIterator<ItemMemory> {
    return this.#items.values();
  }

  /** Called for each item whose sale is new or has changed. */
  onChange(listener: (item: ItemMemory) => void): void {
    this.#changeListeners.push(listener);
  }

  /** Reads the catalogue; what was written before the call is in memory when it resolves. Rejects while Redis is away. */
  refresh(): Promise<void> {
    if (this.#running === undefined) return this.#run();
    // The one under way may have read too early.
    this.#waiting ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#waiting = undefined;
        return this.#run();
      });
    return this.#waiting;
  }

  /** For what is asked for and not known: reads the catalogue, unless that was just done. */
  async search(): Promise<void> {
    const now = performance.now();
    if (this.#running !== undefined) return this.#running;
    if (now - this.#searchedAt < SEARCH_PAUSE_MS) return;
    this.#searchedAt = now;
    await this.refresh();
  }

  #run(): Promise<void> {
    this.#running = this.#load().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** A connection is made while much else begins, so its first answer is late, and the clock off by half of that: some more make it good. */
  async #learnTheTime(): Promise<void> {
    for (let sample = 0; sample < TIME_SAMPLES; sample += 1) await this.#askTheTime().catch(() => undefined);
  }

  async #askTheTime(): Promise<void> {
    const sentAt = performance.now();
    const [seconds, micros] = await this.#redis.ask((redis) => redis.time());
    this.#clock.learn(Number(seconds) * 1_000 + Number(micros) / 1_000, sentAt, performance.now());
  }

  async #lookForChanges(): Promise<void> {
    try {
      const [, version] = await Promise.all([this.#askTheTime(), this.#redis.ask(readSalesVersion)]);
      if (version !== this.#version || !this.#loaded) await this.refresh();
    } catch {
      // Away: the link has said so, and the next poll tries again.
    }
  }

  async #load(): Promise<void> {
    try {
      // The version first: a change between the two is found by the next poll.
      const version = await this.#redis.ask(readSalesVersion);
      const sales = await this.#redis.ask(readSales);
      this.#version = version;
      this.#loaded = true;
      for (const sale of sales) this.#take(sale);
      if (version !== undefined) this.#forgetAllBut(new Set(sales.map((sale) => sale.saleId)));
      this.#complained = false;
    } catch (error) {
      if ((error as Error).name !== 'RedisAway' && !this.#complained) {
        this.#complained = true;
        this.#log.error({ err: error }, 'the catalogue of sales cannot be read; going on with what is known');
      }
      throw error;
    }
  }

  #take(sale: SaleSettings): void {
    const known = this.#sales.get(sale.saleId);
    if (known !== undefined && known.version >= sale.version) return;
    this.#sales.set(sale.saleId, sale);
    for (const settings of sale.items) {
      const item = this.#items.get(settings.itemId) ?? new ItemMemory(sale, settings);
      item.sale = sale;
      item.settings = settings;
      item.doubt();
      this.#items.set(settings.itemId, item);
      for (const listener of this.#changeListeners) listener(item);
    }
  }

  #forgetAllBut(there: ReadonlySet<string>): void {
    const past = this.#clock.now() - FORGET_AFTER_MS;
    for (const sale of this.#sales.values()) {
      if (there.has(sale.saleId) || sale.endsAt > past) continue;
      this.#sales.delete(sale.saleId);
      for (const item of sale.items) this.#items.delete(item.itemId);
    }
  }
}
