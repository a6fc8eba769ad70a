import { type ItemSettings, type Observation, type SaleSettings, SOLD_OUT_LEASE_MS, type WinnersRead } from 'seckill-core';
import { noAnswers } from './item-answers.ts';
import { WinnerSet } from './winner-set.ts';

/** What a buyer can be told without asking Redis. */
export interface MemoryAnswer {
  readonly outcome: 'NOT_STARTED' | 'SALE_ENDED' | 'SALE_PAUSED' | 'SOLD_OUT' | 'RATE_LIMITED';
  readonly retryAfterMs?: number;
}

const PAUSED_RETRY_MS = 1_000;
const CLOSED_ANSWERS = {
  SOLD_OUT: { outcome: 'SOLD_OUT' },
  SALE_ENDED: { outcome: 'SALE_ENDED' },
  SALE_PAUSED: { outcome: 'SALE_PAUSED', retryAfterMs: PAUSED_RETRY_MS },
} as const satisfies Record<string, MemoryAnswer>;
type ClosedReason = keyof typeof CLOSED_ANSWERS;

/** Past the end of every list of winners. */
const BEYOND_ALL_WINNERS = 2 ** 40;

/** Twice the time between two looks at an item on sale. */
const NEWS_MS = 1_000;

/** Winners are kept for as long after the last buyer who asked: whoever asks after that goes to Redis, and the gateway reads them again. */
const WINNERS_KEPT_MS = 60_000;

/** Nobody is told to wait longer than this for a full bucket. */
const LIMITED_WAIT_LIMIT_MS = 2_000;

/**
 * What the gateway remembers of one item. `now` is this process's monotonic time in ms, `time` the sale's clock (ms since 1970).
 *
 * That an item is closed to newcomers (sold out, ended, paused) is believed for {@link SOLD_OUT_LEASE_MS} from the moment Redis was
 * asked: units that return to a sold-out item are held for as long, so nobody is told "sold out" while there is something to win.
 */
export class ItemMemory {
  readonly itemId: string;
  sale: SaleSettings;
  settings: ItemSettings;
  /** Units left, as last heard; undefined before the first time. */
  left: number | undefined;
  /** Monotonic time of the last request for this item. */
  askedAt = Number.NEGATIVE_INFINITY;
  readonly answers = noAnswers();
  /** Last heard to be closed to newcomers: worth keeping the belief up while buyers ask. */
  closed: ClosedReason | undefined;
  /** From the first win here, or from when buyers ask for a closed item, until nobody has for long: 2 MiB. */
  #winners: WinnerSet | undefined;
  #generation = '';
  #heardAt = Number.NEGATIVE_INFINITY;
  #believedUntil = Number.NEGATIVE_INFINITY;
  #limitedUntil = Number.NEGATIVE_INFINITY;
  #turnedAway = 0;
  #turnedAwaySince = 0;

  constructor(sale: SaleSettings, settings: ItemSettings) {
    this.itemId = settings.itemId;
    this.sale = sale;
    this.settings = settings;
  }

  /** Undefined where only Redis can tell. Cheap: runs before any signature is verified. */
  answer(reservationId: string, now: number, time: number): MemoryAnswer | undefined {
    this.askedAt = now;
    const { sale } = this;
    if (time < sale.startsAt && sale.status === 'PUBLISHED') {
      return { outcome: 'NOT_STARTED', retryAfterMs: Math.ceil(sale.startsAt - time) };
    }
    // A winner who asks again hears that he has won, so tokens that may have won go to Redis.
    if (now < this.#believedUntil && this.closed !== undefined && this.#winners?.mayHave(reservationId) === false) {
      return CLOSED_ANSWERS[this.closed];
    }
    if (now < this.#limitedUntil && this.#winners?.mayHave(reservationId) !== true) {
      return this.limited(this.#limitedUntil - now, now);
    }
    return undefined;
  }

  /** Who won here and asks again is not told to wait for the bucket; winners of other gateways are known after the next look. */
  remember(reservationId: string): void {
    this.#winners ??= new WinnerSet();
    this.#winners.addOne(reservationId);
  }

  /** True while buyers are told without Redis that the item is closed to them. */
  isBelievedClosed(now: number): boolean {
    return this.closed !== undefined && now < this.#believedUntil;
  }

  /** Sold out, as far as somebody who only wants a token needs to know: half a second more or less decides nothing. */
  isSoldOut(now: number): boolean {
    return this.closed === 'SOLD_OUT' && now - this.#heardAt < NEWS_MS;
  }

  /** The bucket is empty for `waitMs`; those turned away meanwhile are spread over the time it takes to serve them. */
  limited(waitMs: number, now: number): MemoryAnswer {
    this.#limitedUntil = Math.max(this.#limitedUntil, now + waitMs);
    if (now - this.#turnedAwaySince > 1_000) {
      this.#turnedAwaySince = now;
      this.#turnedAway = 0;
    }
    this.#turnedAway += 1;
    const queueMs = (this.#turnedAway / this.sale.rateLimit.ratePerSecond) * 1_000;
    const spreadMs = Math.min(queueMs, LIMITED_WAIT_LIMIT_MS) * Math.random();
    return { outcome: 'RATE_LIMITED', retryAfterMs: Math.ceil(Math.max(waitMs, spreadMs)) };
  }

  /** From where on to ask for winners: none are wanted before there is a set of them. */
  get unread(): WinnersRead {
    return this.#winners?.read ?? { generation: this.#generation, length: BEYOND_ALL_WINNERS };
  }

  /**
   * Takes in what Redis said to a question sent at the monotonic time `sentAt` for the winners from `asked` on.
   * True where more is to be asked at once.
   */
  learn(observation: Observation, sentAt: number, asked: WinnersRead): boolean {
    if (!observation.known) {
      this.loseStock();
      return false;
    }
    this.left = observation.left;
    this.#heardAt = sentAt;
    this.#generation = observation.read.generation;
    this.closed = closedReason(observation, this.sale.endsAt);
    if (this.closed !== undefined && this.#isAskedFor(sentAt)) this.#winners ??= new WinnerSet();
    // The answer goes on from where the set ends, or begins at the first winner; a set that is newer than the question has a gap before it.
    const fits = observation.restarted || this.#winners?.read === asked;
    if (fits) this.#winners?.add(observation.fingerprints, observation.read);
    const isComplete = fits && observation.complete;
    // Without the winners nobody can be told, and there is nothing to believe.
    const isWanted = this.closed !== undefined && this.#winners !== undefined;
    this.#believedUntil = isWanted && isComplete ? sentAt + SOLD_OUT_LEASE_MS : Number.NEGATIVE_INFINITY;
    return isWanted && !isComplete;
  }

  /** Redis does not know the stock: a worker has to rebuild the item. */
  loseStock(): void {
    this.left = undefined;
    this.doubt();
  }

  /** Lets go of the winners of an item that nobody asks for. */
  rest(now: number): void {
    if (this.#winners === undefined || this.#isAskedFor(now)) return;
    this.#winners = undefined;
    this.#believedUntil = Number.NEGATIVE_INFINITY;
    this.#limitedUntil = Number.NEGATIVE_INFINITY;
  }

  #isAskedFor(now: number): boolean {
    return now - this.askedAt <= WINNERS_KEPT_MS;
  }

  /** Something has changed, or may have: ask Redis from here on. */
  doubt(): void {
    this.#heardAt = Number.NEGATIVE_INFINITY;
    this.#believedUntil = Number.NEGATIVE_INFINITY;
    this.#limitedUntil = Number.NEGATIVE_INFINITY;
  }
}

function closedReason(observation: Extract<Observation, { known: true }>, endsAt: number): ClosedReason | undefined {
  if (observation.state === 'CLOSED' || observation.now >= endsAt) return 'SALE_ENDED';
  if (observation.state === 'PAUSED') return 'SALE_PAUSED';
  return observation.left === 0 ? 'SOLD_OUT' : undefined;
}
