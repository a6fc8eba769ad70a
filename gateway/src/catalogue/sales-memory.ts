import type { Logger } from 'pino';
import { readSales, readSalesVersion, type SaleSettings } from 'seckill-core';
import { RedisAway, type RedisLink } from '../links/redis-link.ts';
import { ItemMemory } from './item-memory.ts';
import type { ServerClock } from './server-clock.ts';
import { Visitors } from './visitors.ts';

/** Calls that name an unknown sale or item cause at most one look at the catalogue's version in this time. */
const SEARCH_PAUSE_MS = 250;
/** A sale that left the catalogue is remembered until this long after its end: Redis may have lost it and may get it back. */
const FORGET_AFTER_MS = 60 * 60 * 1_000;
/** All winners that a gateway remembers: thirty full sets, or thousands of usual ones. Buyers of an item without room go to Redis. */
const WINNERS_BYTES = 64 * 2 ** 20;

/** Every published sale, so that no buyer's request waits for settings. It keeps its content while Redis is down or empty. */
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
  #searching: Promise<void> | undefined;
  #searchedAt = Number.NEGATIVE_INFINITY;
  #complained = false;

  constructor(redis: RedisLink, clock: ServerClock, log: Logger) {
    this.#redis = redis;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#redis.onReady(() => {
      for (const item of this.#items.values()) item.doubt();
      this.#clock.doubt();
      // The version alone does not tell: the copy of another server may have reached the same number with other sales.
      this.#version = undefined;
      void this.#checkForChanges().then(() => this.#clock.askRepeatedly(this.#redis));
    });
    this.#redis.onExamination(() => void this.#checkForChanges());
  }

  /** True once the catalogue was read, even if it was empty. */
  get loaded(): boolean {
    return this.#loaded;
  }

  sale(saleId: string): SaleSettings | undefined {
    return this.#sales.get(saleId);
  }

  item(itemId: string): ItemMemory | undefined {
    return this.#items.get(itemId);
  }

  /** Published sales in order of their start. */
  sales(): SaleSettings[] {
    return Array.from(this.#sales.values()).sort((a, b) => a.startsAt - b.startsAt);
  }

  items(): IterableIterator<ItemMemory> {
    return this.#items.values();
  }

  itemsOf({ items }: SaleSettings): ItemMemory[] {
    return items.flatMap(({ itemId }) => this.#items.get(itemId) ?? []);
  }

  /** Calls `listener` for each item whose sale is new or has changed. */
  onChange(listener: (item: ItemMemory) => void): void {
    this.#changeListeners.push(listener);
  }

  /** Reads the catalogue. Once it resolves, memory has everything that was written before the call. Rejects while Redis is down. */
  refresh(): Promise<void> {
    if (this.#running === undefined) return this.#run();
    // The load in flight may have read too early.
    this.#waiting ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#waiting = undefined;
        return this.#run();
      });
    return this.#waiting;
  }

  /**
   * For an unknown sale or item: reads the catalogue's version, at most once in {@link SEARCH_PAUSE_MS}, and the catalogue only if it has
   * changed. So names that do not exist cost next to nothing, whatever the size of the catalogue. Rejects while Redis is down.
   */
  search(): Promise<void> {
    const now = performance.now();
    if (this.#searching === undefined && now - this.#searchedAt >= SEARCH_PAUSE_MS) {
      this.#searchedAt = now;
      this.#searching = this.#readIfChanged().finally(() => {
        this.#searching = undefined;
      });
    }
    return this.#searching ?? this.#running ?? Promise.resolve();
  }

  #run(): Promise<void> {
    this.#running = this.#load().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #readIfChanged(): Promise<void> {
    const version = await this.#redis.ask(readSalesVersion);
    if (version !== this.#version || !this.#loaded) await this.refresh();
  }

  /** A change reaches a gateway that missed its broadcast by the next examination of Redis. */
  async #checkForChanges(): Promise<void> {
    try {
      await Promise.all([this.#clock.ask(this.#redis), this.#readIfChanged()]);
    } catch {
      // Redis is down: the link has logged it, and the next examination retries.
    }
  }

  async #load(): Promise<void> {
    try {
      // The version first: the next poll finds a change between the two reads.
      const version = await this.#redis.ask(readSalesVersion);
      const sales = await this.#redis.ask(readSales);
      this.#version = version;
      this.#loaded = true;
      for (const sale of sales) this.#take(sale);
      if (version !== undefined) this.#forgetAllBut(new Set(sales.map((sale) => sale.saleId)));
      this.#complained = false;
    } catch (error) {
      if (!(error instanceof RedisAway) && !this.#complained) {
        this.#complained = true;
        this.#log.error({ err: error }, 'the catalogue of sales cannot be read; continuing with the sales already in memory');
      }
      throw error;
    }
  }

  readonly #hasRoomForWinners = (bytes: number): boolean => {
    let sum = bytes;
    for (const item of this.#items.values()) sum += item.winnersBytes;
    return sum <= WINNERS_BYTES;
  };

  readonly #shared = { hasRoom: this.#hasRoomForWinners, visitors: new Visitors() };

  #take(sale: SaleSettings): void {
    const known = this.#sales.get(sale.saleId);
    if (known !== undefined && known.version >= sale.version) return;
    this.#sales.set(sale.saleId, sale);
    for (const settings of sale.items) {
      const item = this.#items.get(settings.itemId) ?? new ItemMemory(sale, settings, this.#shared);
      item.sale = sale;
      item.settings = settings;
      item.doubt();
      this.#items.set(settings.itemId, item);
      for (const listener of this.#changeListeners) listener(item);
    }
  }

  #forgetAllBut(listed: ReadonlySet<string>): void {
    const past = this.#clock.now() - FORGET_AFTER_MS;
    for (const sale of this.#sales.values()) {
      if (listed.has(sale.saleId) || sale.endsAt > past) continue;
      this.#sales.delete(sale.saleId);
      for (const item of sale.items) this.#items.delete(item.itemId);
    }
  }
}
