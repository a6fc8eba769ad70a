import type { Answer, Win } from './buyer.ts';
import { Latencies, LatenciesByCode } from './latencies.ts';
import { RoomTally } from './waiting-room/room-tally.ts';

const RUSH_GAP_MS = 500;

/** Counts of the answers that a crowd has received so far. */
export class Tally {
  signedIn = 0;
  tokens = 0;
  /** Answers to `POST /api/reservations` by code; `REPEATED` is the same RESERVED given to a second click. */
  readonly answers = new LatenciesByCode();
  readonly ordered = new Latencies();
  readonly paid = new Latencies();
  /** ms after `payBy` at which a buyer saw the cancel. */
  readonly cancelLateness = new Latencies();
  readonly room = new RoomTally();
  readonly ends = new Map<string, number>();
  /** `performance.now()` of the sale's start. */
  openedAt = 0;
  /** `performance.now()` of the end of the rush: no answer has come for a while. Answers of the resale are rare. */
  rushEndAt = 0;
  rushAnswers = 0;
  /** `performance.now()` when the first buyer received SOLD_OUT. */
  soldOutAt = 0;
  /** The wins known by then; more RESERVED answers may have been in flight. */
  winsAtSoldOut = 0;
  #rushIsOver = false;
  /** Codes no buyer should ever see, each with one detail. */
  readonly unexpected = new Map<string, { count: number; detail: string }>();

  count(code: string): number {
    return this.answers.get(code)?.count ?? 0;
  }

  end(status: string): number {
    return this.ends.get(status) ?? 0;
  }

  /** Wins beyond the stock: of returned units. */
  resold(stock: number): number {
    return Math.max(0, this.count('RESERVED') - stock);
  }

  get answered(): number {
    let sum = 0;
    for (const latencies of this.answers.values()) sum += latencies.count;
    return sum;
  }

  answer({ code, at, ms }: Pick<Answer, 'code' | 'at' | 'ms'>): void {
    this.answers.add(code, ms);
    this.#followRush(at);
    if (code !== 'SOLD_OUT' || this.soldOutAt > 0) return;
    this.soldOutAt = at;
    this.winsAtSoldOut = this.count('RESERVED');
  }

  #followRush(at: number): void {
    if (at < this.openedAt || this.#rushIsOver) return;
    this.#rushIsOver = this.rushAnswers > 0 && at - this.rushEndAt > RUSH_GAP_MS;
    if (this.#rushIsOver) return;
    this.rushEndAt = at;
    this.rushAnswers += 1;
  }

  settle(win: Win): void {
    this.ends.set(win.status, this.end(win.status) + 1);
    if (win.status === 'PAID' && win.settledAt !== undefined) this.paid.add(win.settledAt - (win.orderedAt ?? win.wonAt));
  }

  surprise(code: string, detail: string): void {
    const known = this.unexpected.get(code);
    if (known === undefined) this.unexpected.set(code, { count: 1, detail });
    else known.count += 1;
  }
}
