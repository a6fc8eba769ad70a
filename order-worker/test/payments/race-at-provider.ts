import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from 'dev';
import { calls, newId, paymentDeadline, type StockReserved, send } from 'seckill-core';
import { type BuyerApi, NoAnswer, type StartedPayment } from 'simulation';
import { fallDue } from '../support/fall-due.ts';
import type { Platform } from '../support/platform.ts';

/** What cancels an order while its buyer pays: the buyer in another window, or the deadline. */
const OPPONENTS = ['buyer', 'deadline'] as const;
type Opponent = (typeof OPPONENTS)[number];

export interface Race {
  orderId: string;
  userId: string;
  opponent: Opponent;
  /** The address of the cashier's page, if the buyer has it open when the race begins. */
  cashier: string | undefined;
  /** By how much the payment starts after its opponent, ms. */
  handicapMs: number;
  /** The cashier took the money. */
  paid: boolean;
  /** The buyer's cancel was answered with 200. */
  cancelled: boolean;
}

/** All orders are made before the first race, so it outlasts ten thousand races on a busy machine. */
export const PAY_TIMEOUT_SECONDS = 2 * 3_600;
const SPREAD_MS = 60;
const STEP_MS = 5;

/** Races between paying at the provider's page and cancelling. */
export class Races {
  readonly run: Race[] = [];
  readonly #platform: Platform;
  readonly #buyer: BuyerApi;
  readonly #random: Random;
  /** Adapts to the speed of the machine, so that both sides win often: the side that won starts later in the next race. */
  readonly #handicapMs: Record<Opponent, number> = { buyer: 0, deadline: 0 };

  constructor(platform: Platform, buyer: BuyerApi, random: Random) {
    this.#platform = platform;
    this.#buyer = buyer;
    this.#random = random;
  }

  /** Runs a race for each of these orders, `lanes` at the same time. */
  async runAll(orders: readonly StockReserved[], lanes: number): Promise<void> {
    const waiting = orders.values();
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        for (const { reservationId: orderId, userId } of waiting) await this.#runOne({ orderId, userId });
      }),
    );
  }

  async #runOne(order: { orderId: string; userId: string }): Promise<void> {
    const started = await answered(() => this.#platform.call(calls.startPayment, order));
    if (started === undefined) throw new Error(`Order ${order.orderId} could not be paid before its race.`);
    const random = this.#random;
    const cashier = random.chance(0.8) ? await this.#open(started) : undefined;
    const opponent = random.pick(OPPONENTS);
    const handicapMs = this.#handicapMs[opponent] + random.between(-SPREAD_MS, SPREAD_MS);
    const race: Race = { ...order, opponent, cashier, handicapMs, paid: false, cancelled: false };
    this.run.push(race);
    await Promise.all([
      sleep(Math.max(0, handicapMs)).then(() => this.#pay(race)),
      sleep(Math.max(0, -handicapMs)).then(() => (opponent === 'buyer' ? this.#cancel(race) : this.#letTimeRunOut(race))),
    ]);
    this.#handicapMs[opponent] += race.paid ? STEP_MS : -STEP_MS;
  }

  /** Presses "pay", with the page open or after opening it. Alipay shows no such page once the time to pay is over. */
  async #pay(race: Race): Promise<void> {
    const { orderId, userId } = race;
    let { cashier } = race;
    if (cashier === undefined) {
      const started = await answered(() => this.#platform.call(calls.startPayment, { userId, orderId }));
      if (started !== undefined) cashier = await this.#open(started);
    }
    if (cashier === undefined) return;
    const page = cashier;
    race.paid = (await answered(() => this.#buyer.press(page)))?.ok ?? false;
  }

  /** Returns the address of the cashier's page, if the provider shows one. */
  async #open(started: StartedPayment): Promise<string | undefined> {
    const page = await answered(() => this.#buyer.openCheckout(started));
    return page?.ok ? page.value : undefined;
  }

  async #cancel(race: Race): Promise<void> {
    const { orderId, userId } = race;
    race.cancelled = (await answered(() => this.#platform.call(calls.cancelOrder, { userId, orderId }))) !== undefined;
  }

  async #letTimeRunOut({ orderId }: Race): Promise<void> {
    const { prisma, publisher } = this.#platform;
    const dueAt = await fallDue(prisma, orderId);
    if (dueAt === undefined) return;
    await send(publisher, paymentDeadline, { dueAt, payTimeoutSeconds: PAY_TIMEOUT_SECONDS, orderIds: [orderId] }, newId());
  }
}

/**
 * Like a buyer, repeats a request until there is an answer other than "try again": paying twice takes the money once. Undefined if the order can be paid or
 * cancelled no more.
 */
async function answered<Value>(request: () => Promise<Value>): Promise<Value | undefined> {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'NOT_PAYABLE' || code === 'NOT_CANCELLABLE') return undefined;
      if (code !== 'UNAVAILABLE' && !(error instanceof NoAnswer)) throw error;
    }
  }
}
