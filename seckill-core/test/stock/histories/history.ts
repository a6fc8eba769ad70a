import type { Redis } from 'ioredis';
import {
  advance,
  beginRebuild,
  changeItem,
  clearOutbox,
  newId,
  newReservationId,
  openItem,
  type ReservationMove,
  type ReservationStatus,
  release,
  reserve,
  type SaleSettings,
} from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { expect } from 'vitest';
import { type ItemState, stateOf } from '../item-state.ts';
import { settingsOf } from '../use-stock.ts';
import { ownerOf, RESERVATIONS, type Step, unitsOf } from './steps.ts';
import { type ModelLimits, type ModelSettings, StockModel } from './stock-model.ts';

const BEGIN = 1_800_000_000_000;
const STATUS = { OPEN: 'PUBLISHED', PAUSED: 'PAUSED', CLOSED: 'CLOSED' } as const;

/** One item, in Redis and in the model. The replies are compared once all commands have been sent, since they travel in one pipeline. */
export class History {
  readonly redis: Redis;
  readonly itemId: string;
  readonly model: StockModel;
  readonly #runId: string;
  readonly #setClock: (ms: number) => Promise<unknown>;
  readonly #limits: ModelLimits;
  readonly #ids: string[];
  readonly #replies: { step: string; real: Promise<unknown>; expected: unknown }[] = [];
  /** The newest settings, as in PostgreSQL. */
  #settings: ModelSettings = { version: 1, state: 'OPEN', stock: 6 };
  /** The settings before: a slow worker may still have read those. */
  #stale = this.#settings;

  constructor(redis: Redis, runId: string, setClock: (ms: number) => Promise<unknown>, itemId: string) {
    this.redis = redis;
    this.itemId = itemId;
    this.#runId = runId;
    this.#setClock = setClock;
    this.#limits = { startsAt: BEGIN, endsAt: BEGIN + 20_000, limitPerUser: 5, ratePerSecond: 20, burst: 5 };
    this.model = new StockModel(this.#limits);
    this.#ids = Array.from({ length: RESERVATIONS }, () => newReservationId(itemId));
    this.#wait(BEGIN);
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      await this.#take(step);
      if (!('twice' in step) || !step.twice) continue;
      const before = this.model.live;
      const settled = this.#snapshot();
      await this.#take(step);
      // A second request may win what the first did not. Any other command changes nothing the second time.
      if (step.do !== 'reserve' && step.do !== 'rebuild') expect(this.#snapshot()).toBe(settled);
      if (step.do === 'rebuild') expect(this.model.live).toBe(before);
    }
  }

  async #take(step: Step): Promise<void> {
    if (step.do === 'wait') this.#wait(this.model.now + step.ms);
    else if (step.do === 'reserve') this.#reserve(step.which, step.foreign);
    else if (step.do === 'move') this.#move(step.to, this.#moves(step.which), step.to === 'CANCELLED' ? step.firstPauseMs : 0);
    else if (step.do === 'change') this.#change(step);
    else if (step.do === 'acknowledge') this.#acknowledge(this.#idsOf(step.which));
    else if (step.do === 'begin') await this.#begin(newId());
    else if (step.do === 'rebuild') await this.rebuild(step.replay, step.stale);
    else this.lose();
  }

  /** Closes the item, replays the books if `replay`, and opens it, as the worker does. Uses the earlier settings if `stale`. */
  async rebuild(replay: boolean, stale = false): Promise<void> {
    const mark = newId();
    await this.#begin(mark);
    if (replay) {
      for (const [reservationId, { status, ...record }] of this.model.books) {
        // As the worker does, whatever it was before.
        if (status === 'REFUNDED') this.#move('CANCELLED', [{ reservationId, ...record }]);
        this.#move(status, [{ reservationId, ...record }]);
      }
    }
    const settings = stale ? this.#stale : this.#settings;
    const sale = this.#sale(settings);
    this.#expect(
      'open',
      openItem(this.redis, { runId: this.#runId, mark, sale, item: sale.items[0] }),
      this.model.open(mark, settings),
    );
  }

  lose(): void {
    this.model.flush();
    void this.redis.del(...Object.values(itemKeys(this.itemId)));
  }

  /** Checks that every reply was the model's, and that Redis holds what the model holds. */
  async expectAgreement(): Promise<ItemState> {
    const sent = this.#replies.splice(0);
    const replies = await Promise.all(sent.map(async ({ step, real }) => ({ step, reply: await real })));
    expect(replies).toEqual(sent.map(({ step, expected }) => ({ step, reply: expected })));
    const state = await stateOf(this);
    const { model } = this;
    expect(state.reservations).toEqual(Object.fromEntries(model.records));
    const { live, paid = 0, left, heldUntil, reopensAt, bucket } = state;
    expect({ live, paid, left, heldUntil, reopensAt, bucket }).toEqual({
      live: model.live,
      paid: model.paid,
      left: model.left,
      heldUntil: model.heldUntil,
      reopensAt: model.reopensAt,
      bucket: model.bucket?.thousandths ?? 0,
    });
    expect(new Set(state.outbox)).toEqual(model.outbox);
    return state;
  }

  #reserve(which: number[], foreign: boolean): void {
    const requests = which.map((each) => ({
      reservationId: this.#ids[each] ?? '',
      userId: foreign ? 'a-stranger' : ownerOf(each),
      quantity: unitsOf(each),
    }));
    const expected = this.model.reserve(requests);
    // Reserve must never do this, whatever the model says.
    for (const [index, { answer }] of expected.answers.entries()) {
      if (answer !== 'RESERVED') continue;
      expect(this.model.left).toBeGreaterThanOrEqual(0);
      expect(this.model.heldBy(requests[index]?.userId ?? '')).toBeLessThanOrEqual(this.#limits.limitPerUser);
    }
    const real = reserve(this.redis, this.itemId, this.#runId, requests).then(({ left, answers }) => ({ left, answers }));
    this.#expect(`reserve ${which}`, real, expected);
  }

  #move(to: ReservationStatus, moves: ReservationMove[], firstPauseMs = 0): void {
    if (to === 'CANCELLED' || to === 'REJECTED' || to === 'REFUNDED') {
      const real = release(this.redis, this.itemId, to, moves, { firstPauseMs });
      this.#expect(`release ${to}`, real, this.model.release(to, moves, firstPauseMs));
    } else this.#expect(`advance ${to}`, advance(this.redis, this.itemId, to, moves), this.model.advance(to, moves));
  }

  #change({ state, stock, older }: { state: ModelSettings['state']; stock: number; older: boolean }): void {
    const { version } = this.#settings;
    const same = this.#settings.state === state && this.#settings.stock === stock;
    if (!older && !same) {
      this.#stale = this.#settings;
      this.#settings = { version: version + 1, state, stock };
    }
    const sent = older ? { version: version - 1, state, stock } : this.#settings;
    const sale = this.#sale(sent);
    this.#expect('change', changeItem(this.redis, sale, sale.items[0]), this.model.change(sent));
  }

  #acknowledge(ids: string[]): void {
    for (const id of ids) this.model.outbox.delete(id);
    this.#expect('acknowledge', clearOutbox(this.redis, this.itemId, ids), undefined);
  }

  /** Unlike the other commands, this may be two: if a part of the item is lost, its sums are counted again. */
  async #begin(mark: string): Promise<void> {
    this.model.begin(mark);
    const real = beginRebuild(this.redis, this.itemId, mark);
    this.#expect('begin', real, undefined);
    await real;
  }

  #wait(until: number): void {
    this.model.now = until;
    void this.#setClock(until);
  }

  #expect(step: string, real: Promise<unknown>, expected: unknown): void {
    this.#replies.push({ step: `${this.#replies.length + 1}. ${step}`, real, expected });
  }

  #idsOf(which: number[]): string[] {
    return which.map((each) => this.#ids[each] ?? '');
  }

  #moves(which: number[]): ReservationMove[] {
    return which.map((each) => {
      const reservationId = this.#ids[each] ?? '';
      return { reservationId, userId: ownerOf(each), quantity: unitsOf(each), reservedAt: BEGIN + each, payBy: BEGIN + 900_000 };
    });
  }

  #sale({ version, state, stock }: ModelSettings): ReturnType<typeof settingsOf> {
    const { limits } = this.model;
    const sale: SaleSettings = { ...settingsOf(this.itemId, { ...limits, stock }), version, status: STATUS[state] };
    return sale as ReturnType<typeof settingsOf>;
  }

  #snapshot(): string {
    const { records, outbox, pauses, settings, known, heldUntil, reopensAt, bucket } = this.model;
    return JSON.stringify([[...records], [...outbox].toSorted(), [...pauses], settings, known, heldUntil, reopensAt, bucket]);
  }
}
