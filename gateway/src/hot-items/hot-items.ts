import { randomBytes } from 'node:crypto';
import { type ItemHeat, itemHeat, MOST_HEATED } from 'seckill-core';
import type { ItemMemory } from '../catalogue/item-memory.ts';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { NatsLink } from '../links/nats-link.ts';

const EVERY_MS = 1_000;
/** A gateway whose last message is older no longer counts. */
const HEARD_MS = 3_000;
/** Fewer attempts a second to all items of a gateway are not worth a message. */
const WORTH_SENDING = 20;
/** Attempts a second to one item, on all gateways, from which on it may be hot. */
export const HOT_PER_SECOND = 500;
/** A hot item has at least this share of all attempts. */
const HOT_SHARE = 0.2;

/** One of the most wanted items. */
export interface WantedItem {
  item: ItemMemory;
  /** Attempts to buy it, on all gateways. */
  perSecond: number;
  isHot: boolean;
}

/**
 * Finds the hot items: those that so many buyers want that the orders of other items would wait behind theirs. Each gateway counts attempts per item, and
 * tells all others its most wanted ones.
 *
 * The counts are exact. An attempt counts only with a token that the platform has signed, and a gateway knows every item on sale anyway, so a
 * sketch would save nothing. Items without an attempt cost nothing.
 */
export class HotItems {
  readonly #gatewayId = randomBytes(6).toString('hex');
  readonly #nats: Pick<NatsLink, 'broadcast' | 'listen'>;
  readonly #sales: Pick<SalesMemory, 'item'>;
  readonly #heard = new Map<string, { at: number; items: ItemHeat['items'] }>();
  #touched: ItemMemory[] = [];
  #wanted: readonly WantedItem[] = [];
  /** The items that buyers ask other gateways for too. */
  #shared: readonly ItemMemory[] = [];
  #countedFrom = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #unlisten: (() => void) | undefined;

  constructor(nats: Pick<NatsLink, 'broadcast' | 'listen'>, sales: Pick<SalesMemory, 'item'>) {
    this.#nats = nats;
    this.#sales = sales;
  }

  start(): void {
    this.#unlisten = this.#nats.listen(itemHeat, ({ gatewayId, items }) => {
      if (gatewayId !== this.#gatewayId) this.#heard.set(gatewayId, { at: performance.now(), items });
    });
    this.#timer = setInterval(() => this.tick(performance.now()), EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#unlisten?.();
  }

  /** Counts an attempt to buy the item: one addition. */
  count(item: ItemMemory): void {
    item.attempts += 1;
    if (item.attempts === 1) this.#touched.push(item);
  }

  /** The most wanted items of all gateways, the first one first. At most a second old. */
  get wanted(): readonly WantedItem[] {
    return this.#wanted;
  }

  /** Ends a period of counting. `now` is monotonic, in ms. Called by the timer; public for tests. */
  tick(now: number): void {
    const own = this.#take(now);
    const sum = own.reduce((all, { perSecond }) => all + perSecond, 0);
    if (sum >= WORTH_SENDING) this.#nats.broadcast(itemHeat, { gatewayId: this.#gatewayId, items: own });
    for (const [gatewayId, { at }] of this.#heard) if (now - at > HEARD_MS) this.#heard.delete(gatewayId);
    this.#mark(this.#merge(own));
    this.#share();
  }

  #take(now: number): ItemHeat['items'] {
    const seconds = Math.max(0.1, (now - this.#countedFrom) / 1_000);
    const counted = this.#touched.map((item) => ({ itemId: item.itemId, perSecond: Math.round(item.attempts / seconds) }));
    for (const item of this.#touched) item.attempts = 0;
    this.#touched = [];
    this.#countedFrom = now;
    return counted.sort((a, b) => b.perSecond - a.perSecond).slice(0, MOST_HEATED);
  }

  #merge(own: ItemHeat['items']): ReadonlyMap<string, number> {
    const merged = new Map<string, number>();
    for (const items of [own, ...Array.from(this.#heard.values(), ({ items }) => items)])
      for (const { itemId, perSecond } of items) merged.set(itemId, (merged.get(itemId) ?? 0) + perSecond);
    return merged;
  }

  /** Each gateway hands out the turns of its share of an item's bucket. */
  #share(): void {
    const others = new Map<string, number>();
    for (const { items } of this.#heard.values())
      for (const { itemId } of items) others.set(itemId, (others.get(itemId) ?? 0) + 1);
    for (const item of this.#shared) item.gateways = 1;
    this.#shared = Array.from(others.keys()).flatMap((itemId) => this.#sales.item(itemId) ?? []);
    for (const item of this.#shared) item.gateways = 1 + (others.get(item.itemId) ?? 0);
  }

  /** While one item alone is wanted, no other has to be protected from it. */
  #mark(merged: ReadonlyMap<string, number>): void {
    const all = Array.from(merged.values()).reduce((sum, perSecond) => sum + perSecond, 0);
    for (const { item } of this.#wanted) item.isHot = false;
    const wanted = Array.from(merged, ([itemId, perSecond]) => ({ item: this.#sales.item(itemId), perSecond }));
    this.#wanted = wanted
      .flatMap(({ item, perSecond }) => (item === undefined || perSecond === 0 ? [] : [{ item, perSecond }]))
      .sort((a, b) => b.perSecond - a.perSecond)
      .slice(0, MOST_HEATED)
      .map(({ item, perSecond }) => {
        item.isHot = perSecond >= HOT_PER_SECOND && perSecond < all && perSecond >= HOT_SHARE * all;
        return { item, perSecond, isHot: item.isHot };
      });
  }
}
