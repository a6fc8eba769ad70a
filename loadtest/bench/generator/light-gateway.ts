import { ItemMemory, OutboxClearing, RedisLink, ReserveBatches, ServerClock } from 'gateway';
import type { Logger } from 'pino';
import { newReservationId, type SaleSettings } from 'seckill-core';

/** The mean time after which a buyer who has an answer comes back, as another buyer. */
const PAUSE_MS = 20;

let lastUser = 0;

/**
 * The part of a gateway that lies between a request and Redis, and a crowd of buyers who ask it again and again. The time before a buyer
 * comes back is random. Otherwise the buyers of one batch would come back together, and batches would never mix.
 */
export class LightGateway {
  readonly #link: RedisLink;
  readonly #clock = new ServerClock();
  readonly #item: ItemMemory;
  readonly #outbox: OutboxClearing;
  readonly #batches: ReserveBatches;
  #pausing: number;
  wins = 0;
  /** Script calls. */
  calls = 0;
  /** Attempts that Redis did not decide, or decided otherwise. */
  failed = 0;

  /** `sale` has one item. */
  constructor(redisUrl: string, sale: SaleSettings, buyers: number, log: Logger) {
    const [settings] = sale.items;
    if (settings === undefined) throw new Error(`The sale ${sale.saleId} has no item.`);
    this.#link = new RedisLink(redisUrl, log);
    this.#item = new ItemMemory(sale, settings);
    this.#outbox = new OutboxClearing(this.#link, log);
    this.#pausing = buyers;
    this.#batches = new ReserveBatches(this.#link, this.#clock, {
      decided: (item, attempts, { answers, progress }) => {
        item.progress = Math.max(item.progress, progress);
        this.#count(attempts.length, answers.filter(({ answer }) => answer === 'RESERVED').length);
        this.#outbox.add(item.itemId, attempts);
      },
      failed: (_, attempts) => this.#count(attempts.length, 0),
    });
  }

  /** Resolves once buyers can be served. */
  async ready(): Promise<void> {
    await new Promise<void>((resolve) => this.#link.onReady(() => resolve()));
    await this.#clock.askRepeatedly(this.#link);
  }

  /** Lets `ms` pass for the buyers who pause: in each millisecond, each comes back with the same probability. */
  pass(ms: number): void {
    const due = this.#pausing * (1 - Math.exp(-ms / PAUSE_MS));
    const count = Math.floor(due) + (Math.random() < due % 1 ? 1 : 0);
    this.#pausing -= count;
    for (let buyer = 0; buyer < count; buyer += 1) {
      lastUser += 1;
      const reservationId = newReservationId(this.#item.itemId);
      this.#batches.add(this.#item, { reservationId, userId: `u${lastUser}`, quantity: 1, decide: () => undefined });
    }
  }

  /** Call it when no answer is awaited. */
  async close(): Promise<void> {
    await this.#outbox.close();
    this.#link.close();
  }

  #count(attempts: number, won: number): void {
    this.#pausing += attempts;
    this.calls += 1;
    this.wins += won;
    this.failed += attempts - won;
  }
}
