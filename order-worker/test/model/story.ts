import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { waitUntil } from 'dev';
import { type AdminSale, newId, newReservationId, type PaymentReceived, readItemState } from 'seckill-core';
import { userIdLike } from 'simulation';
import { expect } from 'vitest';
import type { Ground } from '../crash/ground.ts';
import { BooksModel } from './books-model.ts';
import type { MortalPlatform } from './mortal-platform.ts';
import { People, type Purchase } from './people.ts';
import { readSaleBooks, type SaleBooks } from './sale-books.ts';
import type { Step } from './steps.ts';

const AT_REST_WITHIN_MS = 60_000;
/** Two items that sell out after a few purchases, and users who reach their limit. */
const ITEMS = 2;
const STOCK = 4;
const LIMIT_PER_USER = 3;
const PRICE_CENTS = 1_000;

type Bought = Purchase & { answered: Promise<unknown> };

/** One sale, on the mortal platform and in the model. Steps begin in order and run side by side, until the next rest. */
export class Story {
  readonly #ground: Ground;
  readonly #platform: MortalPlatform;
  readonly #sale: AdminSale;
  readonly #people: People;
  readonly #model: BooksModel;
  readonly #purchases: Bought[] = [];
  readonly #received = new Map<string, number>();
  readonly #begun = new Set<string>();
  readonly #events = new Map<string, PaymentReceived>();
  #underWay: Promise<unknown>[] = [];

  private constructor(ground: Ground, platform: MortalPlatform, sale: AdminSale) {
    this.#ground = ground;
    this.#platform = platform;
    this.#sale = sale;
    this.#people = new People(ground, platform, sale);
    this.#model = new BooksModel(
      sale.items.map(({ itemId }) => ({ itemId, stock: STOCK, limitPerUser: LIMIT_PER_USER, priceCents: PRICE_CENTS })),
    );
  }

  static async begin(ground: Ground, platform: MortalPlatform): Promise<Story> {
    return new Story(ground, platform, await ground.openSale({ itemCount: ITEMS, stock: STOCK, limitPerUser: LIMIT_PER_USER }));
  }

  /** Returns the books at the end. Throws if they are wrong. */
  async play(steps: readonly Step[]): Promise<SaleBooks> {
    for (const step of steps) {
      if (step.do === 'rest') await this.#rest();
      else if (step.do === 'wait') await sleep(step.ms);
      else this.#begin(step);
    }
    const books = await this.#rest();
    const report = await this.#ground.audit(this.#sale.saleId);
    expect(report.checks.filter((check) => !check.holds)).toEqual([]);
    await this.#becomePast();
    return books;
  }

  /** Makes the sale past, so that later losses of Redis do not rebuild its items, which takes a while for each. */
  async #becomePast(): Promise<void> {
    const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000);
    const data = { startsAt: daysAgo(3), endsAt: daysAgo(2) };
    await this.#ground.prisma.sale.update({ where: { id: this.#sale.saleId }, data });
  }

  #begin(step: Exclude<Step, { do: 'rest' | 'wait' }>): void {
    if (step.do === 'buy') this.#buy(step);
    else if (step.do === 'crash') this.#platform.doom(step.part, step.place, step);
    else if (step.do === 'flush') this.#flush();
    else {
      const purchase = this.#purchases[step.which % this.#purchases.length];
      if (purchase !== undefined) this.#run(this.#goOn(step, purchase));
    }
  }

  #run(work: Promise<unknown>): void {
    // The next rest reports its failure.
    work.catch(() => undefined);
    this.#underWay.push(work);
  }

  #buy({ user, item, quantity }: { user: number; item: number; quantity: number }): void {
    const itemId = this.#sale.items[item]?.itemId ?? '';
    const userId = userIdLike(`user-${user}`, 1 + user);
    const purchase = { reservationId: newReservationId(itemId), itemId, userId, quantity, priority: user % 2 === 1 };
    this.#model.tries(purchase.reservationId, purchase);
    const answered = this.#ask(purchase);
    this.#purchases.push({ ...purchase, answered });
    this.#run(answered);
  }

  async #ask(purchase: Purchase): Promise<void> {
    this.#model.answers(purchase.reservationId, await this.#people.buy(purchase));
  }

  #flush(): void {
    this.#model.redisForgets();
    this.#run(this.#ground.redis.flushdb());
  }

  async #goOn(step: Extract<Step, { which: number }>, purchase: Bought): Promise<void> {
    await purchase.answered;
    if (step.do === 'buy-again') return this.#ask(purchase);
    if (!this.#model.hasWon(purchase.reservationId)) return;
    if ((await this.#people.order(purchase)) === 'REJECTED') return;
    if (step.do === 'pay') await this.#pay(purchase, step.twice);
    else if (step.do === 'decline') await this.#decline(purchase);
    else if (step.do === 'pay-declined') await this.#payDeclined(purchase);
    else if (step.do === 'redeliver') await this.#redeliver(step.what, purchase);
    else if (step.do === 'race') await this.#race(step.end, purchase);
    else await this.#end(step.do, purchase);
  }

  async #end(how: 'cancel' | 'time-out', { reservationId, userId }: Bought): Promise<void> {
    if (how === 'cancel') this.#model.cancels(reservationId, await this.#people.cancel(reservationId, userId));
    else if (await this.#people.letTimeRunOut(reservationId)) this.#model.timesOut(reservationId);
  }

  async #race(end: 'cancel' | 'time-out', purchase: Bought): Promise<void> {
    const paymentId = await this.#beginToPay(purchase);
    if (paymentId === 'NOT_PAYABLE') return;
    // This provider takes money for a checkout that it has closed.
    const event = this.#says('payment.succeeded', purchase, paymentId);
    await Promise.all([this.#people.tell(event), this.#end(end, purchase)]);
  }

  async #pay(purchase: Bought, twice: boolean): Promise<void> {
    const paymentId = await this.#beginToPay(purchase);
    if (paymentId === 'NOT_PAYABLE') return;
    const event = this.#takesMoney(purchase, paymentId);
    if (event === undefined) return;
    await Promise.all([this.#people.tell(event), ...(twice ? [this.#people.tellAgain(event)] : [])]);
  }

  async #decline(purchase: Bought): Promise<void> {
    const paymentId = await this.#beginToPay(purchase);
    if (paymentId !== 'NOT_PAYABLE') await this.#people.tell(this.#says('payment.failed', purchase, paymentId));
  }

  async #payDeclined(purchase: Bought): Promise<void> {
    for (const paymentId of this.#model.declined(purchase.reservationId)) {
      const event = this.#takesMoney(purchase, paymentId);
      if (event !== undefined) await this.#people.tell(event);
    }
  }

  async #redeliver(what: 'win' | 'payment' | 'early-deadline', purchase: Bought): Promise<void> {
    if (what === 'win') return this.#people.redeliverWin(purchase);
    if (what === 'early-deadline') return this.#people.remind(purchase.reservationId, Date.now());
    for (const paymentId of this.#model.received(purchase.reservationId)) {
      const event = this.#events.get(paymentId);
      if (event !== undefined) await this.#people.tellAgain(event);
    }
  }

  async #beginToPay({ reservationId, userId }: Bought): Promise<string | 'NOT_PAYABLE'> {
    const paymentId = await this.#people.beginToPay(reservationId, userId);
    if (paymentId === 'NOT_PAYABLE') return paymentId;
    this.#model.begins(reservationId, paymentId);
    this.#begun.add(paymentId);
    return paymentId;
  }

  /** Undefined if the provider has closed the checkout. */
  #takesMoney(purchase: Bought, paymentId: string): PaymentReceived | undefined {
    const money = { amountCents: PRICE_CENTS * purchase.quantity, currency: 'EUR' };
    if (!this.#ground.provider.pay({ paymentId, ...money })) return undefined;
    return this.#says('payment.succeeded', purchase, paymentId, true);
  }

  /** The provider's event is true from now on, whether or not it arrives. */
  #says(
    type: 'payment.succeeded' | 'payment.failed',
    { reservationId, quantity }: Bought,
    paymentId: string,
    inTime = false,
  ): PaymentReceived {
    const amountCents = PRICE_CENTS * quantity;
    const event = { eventId: newId(), type, paymentId, orderId: reservationId, amountCents, currency: 'EUR' };
    this.#model.provider(reservationId, paymentId, type, inTime);
    if (type === 'payment.succeeded') {
      this.#received.set(paymentId, amountCents);
      this.#events.set(paymentId, event);
    }
    return event;
  }

  /** Waits for every answer and every death, then compares the books with the model: now, and once all queues are empty. */
  async #rest(): Promise<SaleBooks> {
    await Promise.all(this.#underWay.splice(0));
    await this.#platform.finishOff();
    await this.#expectBooks();
    await this.#ground.comesToRest();
    const books = await this.#expectBooks();
    expect(this.#model.settle(books)).toEqual([]);
    await this.#leaseRunsOut();
    return books;
  }

  async #expectBooks(): Promise<SaleBooks> {
    const itemIds = this.#sale.items.map(({ itemId }) => itemId);
    const read = () =>
      readSaleBooks(this.#ground, { saleId: this.#sale.saleId, itemIds }, { received: this.#received, begun: this.#begun });
    let books = await read();
    await waitUntil(async () => {
      books = await read();
      return isDeepStrictEqual(books, this.#model.expected(books));
    }, AT_REST_WITHIN_MS);
    expect(books).toEqual(this.#model.expected(books));
    return books;
  }

  /** For a moment after units have returned, gateways may still answer "sold out". */
  async #leaseRunsOut(): Promise<void> {
    const { redis } = this.#ground;
    for (const { itemId } of this.#sale.items) {
      const [seconds, micros] = await redis.time();
      const now = Number(seconds) * 1_000 + Number(micros) / 1_000;
      const { heldUntil = 0, reopensAt = 0 } = await readItemState(redis, itemId);
      // A timer may be a millisecond early.
      await sleep(Math.max(0, heldUntil - now, reopensAt - now) + 2);
    }
  }
}
