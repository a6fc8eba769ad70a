import {
  LIVE_RESERVATION,
  OUTBOX_LIMIT,
  RESERVATION_MOVES,
  type Released,
  type ReservationMove,
  type ReservationRecord,
  type ReservationStatus,
  type ReserveAnswer,
  type ReserveRequest,
  SOLD_OUT_LEASE_MS,
} from 'seckill-core';

/** The operator's settings for the one item of the histories. */
export interface ModelSettings {
  version: number;
  state: 'OPEN' | 'PAUSED' | 'CLOSED';
  stock: number;
}

export interface ModelLimits {
  startsAt: number;
  endsAt: number;
  limitPerUser: number;
  ratePerSecond: number;
  burst: number;
}

/** A second, plain implementation of the scripts: it always counts stock and holdings from the records. */
export class StockModel {
  now = 0;
  records = new Map<string, ReservationRecord>();
  /** Every record that ever existed, including those that Redis lost: what PostgreSQL and the stream know. */
  readonly books = new Map<string, ReservationRecord>();
  outbox = new Set<string>();
  /** By user. */
  pauses = new Map<string, { times: number; until: number }>();
  settings: ModelSettings | undefined;
  known = false;
  mark: string | undefined;
  heldUntil = 0;
  reopensAt = 0;
  bucket: { thousandths: number; at: number } | undefined;
  readonly limits: ModelLimits;

  constructor(limits: ModelLimits) {
    this.limits = limits;
  }

  get live(): number {
    return this.#units(() => true);
  }

  get paid(): number {
    return this.#units((record) => record.status === 'PAID');
  }

  get left(): number {
    return (this.settings?.stock ?? 0) - this.live;
  }

  heldBy(userId: string): number {
    return this.#units((record) => record.userId === userId);
  }

  reserve(requests: readonly ReserveRequest[]): { left: number | undefined; answers: ReserveAnswer[] } {
    if (this.known) this.#followClock();
    const tokens = this.#tokensNow();
    const before = tokens.thousandths;
    const answers = requests.map((request) => this.#decide(request, tokens));
    if (tokens.thousandths < before) this.bucket = tokens;
    return { left: this.known ? Math.max(0, this.left) : undefined, answers };
  }

  #decide({ reservationId, userId, quantity }: ReserveRequest, tokens: { thousandths: number }): ReserveAnswer {
    const { startsAt, endsAt, limitPerUser, ratePerSecond } = this.limits;
    const record = this.records.get(reservationId);
    if (record) {
      const { status, reservedAt } = record;
      return record.userId === userId ? { answer: 'REPEATED', status, reservedAt } : { answer: 'FOREIGN' };
    }
    if (!this.known || !this.settings) return { answer: 'STOCK_UNKNOWN' };
    if (this.settings.state === 'CLOSED' || this.now >= endsAt) return { answer: 'SALE_ENDED' };
    if (this.settings.state === 'PAUSED') return { answer: 'SALE_PAUSED' };
    if (this.now < startsAt) return { answer: 'NOT_STARTED', retryAfterMs: startsAt - this.now };
    if (this.left < quantity) return { answer: 'SOLD_OUT' };
    if (this.now < this.reopensAt) return { answer: 'REOPENING', retryAfterMs: this.reopensAt - this.now };
    if (this.now < this.heldUntil) return { answer: 'SOLD_OUT' };
    if (this.heldBy(userId) + quantity > limitPerUser) return { answer: 'LIMIT_REACHED' };
    if (this.outbox.size >= OUTBOX_LIMIT) return { answer: 'OUTBOX_FULL' };
    const pauseMs = (this.pauses.get(userId)?.until ?? 0) - this.now;
    if (pauseMs > 0) return { answer: 'USER_PAUSED', retryAfterMs: pauseMs };
    if (tokens.thousandths < 1_000) {
      return { answer: 'RATE_LIMITED', retryAfterMs: Math.ceil((1_000 - tokens.thousandths) / ratePerSecond) };
    }
    tokens.thousandths -= 1_000;
    this.#write(reservationId, { status: 'RESERVED', userId, quantity, reservedAt: this.now, payBy: 0 });
    this.outbox.add(reservationId);
    return { answer: 'RESERVED', reservedAt: this.now };
  }

  advance(to: ReservationStatus, moves: readonly ReservationMove[]): number {
    return moves.filter((move) => this.#move(to, move)).length;
  }

  release(to: 'CANCELLED' | 'REJECTED' | 'REFUNDED', moves: readonly ReservationMove[], firstPauseMs = 0): Released {
    const [live, left] = [this.live, this.left];
    if (firstPauseMs > 0) this.#pause(to, moves, firstPauseMs);
    for (const move of moves) this.#move(to, { ...move, payBy: 0 });
    const units = live - this.live;
    const restocked = units > 0 && left <= 0 && this.left > 0;
    if (restocked) this.#hold();
    return { units, restocked };
  }

  /** Once for each user who gives units back in this call. */
  #pause(to: ReservationStatus, moves: readonly ReservationMove[], firstPauseMs: number): void {
    const records = moves.map(({ reservationId }) => this.records.get(reservationId));
    const given = records.flatMap((record) => (record && RESERVATION_MOVES[record.status].includes(to) ? [record] : []));
    for (const userId of new Set(given.map((record) => record.userId))) {
      const times = this.pauses.get(userId)?.times ?? 0;
      this.pauses.set(userId, {
        times: times + 1,
        until: this.now + (times === 0 ? 0 : Math.min(600_000, firstPauseMs * 2 ** (times - 1))),
      });
    }
  }

  #move(to: ReservationStatus, { reservationId, payBy, ...lost }: ReservationMove): boolean {
    const record = this.records.get(reservationId);
    if (record && !RESERVATION_MOVES[record.status].includes(to)) return false;
    this.#write(reservationId, { ...(record ?? lost), status: to, payBy: payBy || (record?.payBy ?? 0) });
    this.outbox.delete(reservationId);
    return true;
  }

  change(settings: ModelSettings): 'CHANGED' | 'UNCHANGED' | 'STOCK_UNKNOWN' {
    if (!this.known || !this.settings) return 'STOCK_UNKNOWN';
    if (this.settings.version >= settings.version) return 'UNCHANGED';
    const soldOut = this.left <= 0;
    this.settings = settings;
    if (soldOut && this.left > 0) this.#hold();
    return 'CHANGED';
  }

  begin(mark: string): void {
    this.known = false;
    this.mark = mark;
  }

  open(mark: string, settings: ModelSettings): boolean {
    if (this.mark !== mark) return false;
    this.mark = undefined;
    if (this.settings || this.live > 0) this.reopensAt = this.now + SOLD_OUT_LEASE_MS;
    this.bucket ??= { thousandths: this.limits.burst * 1_000, at: this.now };
    if (!this.settings || this.settings.version <= settings.version) this.settings = settings;
    this.known = true;
    return true;
  }

  /** Redis loses the item. */
  flush(): void {
    this.records = new Map();
    this.outbox = new Set();
    this.pauses = new Map();
    this.settings = undefined;
    this.bucket = undefined;
    this.known = false;
    this.mark = undefined;
    this.heldUntil = 0;
    this.reopensAt = 0;
  }

  #tokensNow(): { thousandths: number; at: number } {
    const { burst, ratePerSecond } = this.limits;
    if (!this.bucket) return { thousandths: 0, at: this.now };
    const gained = Math.max(0, this.now - this.bucket.at) * ratePerSecond;
    return { thousandths: Math.min(burst * 1_000, this.bucket.thousandths + gained), at: this.now };
  }

  /** No time that was written is further ahead, unless the clock has stepped back. */
  #followClock(): void {
    this.heldUntil = Math.min(this.heldUntil, this.now + SOLD_OUT_LEASE_MS);
    this.reopensAt = Math.min(this.reopensAt, this.now + SOLD_OUT_LEASE_MS);
    if (this.bucket) this.bucket = { ...this.bucket, at: Math.min(this.bucket.at, this.now) };
  }

  #hold(): void {
    this.heldUntil = this.now + SOLD_OUT_LEASE_MS;
  }

  #write(reservationId: string, record: ReservationRecord): void {
    this.records.set(reservationId, record);
    this.books.set(reservationId, record);
  }

  #units(counts: (record: ReservationRecord) => boolean): number {
    let units = 0;
    for (const record of this.records.values())
      if (LIVE_RESERVATION.has(record.status) && counts(record)) units += record.quantity;
    return units;
  }
}
