import { type ItemSettings, type Observation, type SaleSettings, SOLD_OUT_LEASE_MS, type WinnersRead } from 'seckill-core';
import { type Decision, SALE_ENDED, SALE_PAUSED, SOLD_OUT } from './decision.ts';
import { noAnswers } from './item-answers.ts';
import { Turns } from './turns.ts';
import { Visitors } from './visitors.ts';
import { WinnerSet } from './winner-set.ts';

const CLOSED_DECISIONS = { SOLD_OUT, SALE_ENDED, SALE_PAUSED } as const;
type ClosedReason = keyof typeof CLOSED_DECISIONS;

/** Longer than any list of winners, so that reading from here returns none. */
const BEYOND_ALL_WINNERS = 2 ** 40;

/** A belief that buyers ask for is renewed this often: a third of the lease, so two looks may be late before buyers go to Redis again. */
const RENEW_MS = 100;

/** How old the figures of an item on sale may be for those who ask for them. */
export const FRESH_MS = 500;

/** Twice {@link FRESH_MS}: the look may take a while. */
const NEWS_MS = 1_000;

/** Winners are kept until this long after the last request. A later request goes to Redis, and the gateway reads the winners again. */
const WINNERS_KEPT_MS = 60_000;

/** What all items of a gateway share. */
export interface SharedMemory {
  /** Returns whether this gateway may use `bytes` more for winners. Without room, Redis decides. */
  hasRoom?: (bytes: number) => boolean;
  visitors?: Visitors;
}

/**
 * The gateway's memory of one item. `now` is this process's monotonic time in ms, `time` the sale's clock (ms since 1970).
 *
 * Memory believes that an item is closed to newcomers (sold out, ended, paused) for {@link SOLD_OUT_LEASE_MS} from the moment it asked
 * Redis. Units that return to a sold-out item are held back for as long, so no buyer gets "sold out" while a unit can be won.
 */
export class ItemMemory {
  readonly itemId: string;
  sale: SaleSettings;
  settings: ItemSettings;
  /** Gateways that buyers ask for the item, this one included. A second old. */
  gateways = 1;
  /** Units left, as last read; undefined before the first read. */
  left: number | undefined;
  /** Units in reservations that are not paid yet, as last read; undefined if that is not known. While there are any, units may return. */
  unpaid: number | undefined;
  /** Units that could be won at `at` (ms on Redis's clock); undefined while the stock is not known. */
  winnable: { left: number; at: number } | undefined;
  /** The highest progress that Redis has replied for this item, see reserve.lua. */
  progress = 0;
  /** Monotonic time at which the newest look into Redis was sent. */
  lookedAt = Number.NEGATIVE_INFINITY;
  /** Called if buyers ask for a belief that has to be renewed. */
  renew: () => void = () => undefined;
  /** Monotonic time of the last request for this item. */
  askedAt = Number.NEGATIVE_INFINITY;
  readonly answers = noAnswers();
  /** Attempts to buy it here in the present period, and whether it is hot: see HotItems. */
  attempts = 0;
  isHot = false;
  /** Why the item is closed to newcomers, as last read. While buyers ask, the belief is renewed. */
  closed: ClosedReason | undefined;
  /** Only from the first win here or the first request for a closed item until {@link WINNERS_KEPT_MS} after the last request. */
  #winners: WinnerSet | undefined;
  /** Length of Redis's list of winners, as last read. */
  #winnerCount = 0;
  #generation = '';
  #readAt = Number.NEGATIVE_INFINITY;
  #believedUntil = Number.NEGATIVE_INFINITY;
  readonly #turns: Turns;
  readonly #hasRoom: (bytes: number) => boolean;

  constructor(
    sale: SaleSettings,
    settings: ItemSettings,
    { hasRoom = () => true, visitors = new Visitors() }: SharedMemory = {},
  ) {
    this.#hasRoom = hasRoom;
    this.itemId = settings.itemId;
    this.sale = sale;
    this.settings = settings;
    this.#turns = new Turns(this, visitors);
  }

  /** Memory in use for the item's winners. */
  get winnersBytes(): number {
    return this.#winners?.bytes ?? 0;
  }

  /** Returns undefined if only Redis can decide. Only for a signed token, because the item then counts as asked for. */
  answer(reservationId: string, now: number, time: number): Decision | undefined {
    this.askedAt = now;
    const { sale } = this;
    if (time < sale.startsAt && sale.status === 'PUBLISHED') {
      return { outcome: 'NOT_STARTED', retryAfterMs: Math.ceil(sale.startsAt - time) };
    }
    return this.closedTo(reservationId, now);
  }

  /** Returns undefined if it is the user's turn to ask Redis, or if the token may have won. Only for a signed token. */
  notYourTurn(userId: string, reservationId: string, now: number, time: number): Decision | undefined {
    const waitMs = this.#turns.waitMs(userId, reservationId, now, time);
    if (waitMs === 0 || this.mayHaveWon(reservationId)) return undefined;
    // The winners of other gateways must not be turned away for long.
    if (now - this.lookedAt >= FRESH_MS) this.renew();
    return limitedFor(waitMs);
  }

  /** True if memory has seen a winner with the token's fingerprint. Without a set of winners it is false. */
  mayHaveWon(reservationId: string): boolean {
    return this.#winners?.mayHave(reservationId) === true;
  }

  /** The answer if the item is closed and the token has not won. A winner's repeated request gets their reservation, so Redis answers it. */
  closedTo(reservationId: string, now: number): Decision | undefined {
    const isClosed = now < this.#believedUntil && this.closed !== undefined && this.#winners?.mayHave(reservationId) === false;
    if (!isClosed || this.closed === undefined) return undefined;
    if (now - this.lookedAt >= RENEW_MS) this.renew();
    return CLOSED_DECISIONS[this.closed];
  }

  /** Keeps a winner of this gateway from RATE_LIMITED on a repeated request. The next observation reads the winners of other gateways. */
  remember(reservationId: string): void {
    this.#makeRoom();
    this.#add((winners) => winners.addOne(reservationId));
  }

  /** True while memory may answer that the item is closed. */
  isBelievedClosed(now: number): boolean {
    return this.closed !== undefined && now < this.#believedUntil;
  }

  /** Whether to refuse purchase tokens as sold out. It may be half a second stale, because no token decides a win. */
  isSoldOut(now: number): boolean {
    return this.closed === 'SOLD_OUT' && now - this.#readAt < NEWS_MS;
  }

  /** Redis found the bucket empty for `emptyMs`. */
  limited(userId: string, emptyMs: number, now: number, time: number): Decision {
    return limitedFor(this.#turns.limited(userId, emptyMs, now, time));
  }

  /** Redis makes this user wait for `pauseMs`. */
  paused(userId: string, pauseMs: number, now: number): Decision {
    this.#turns.pause(userId, pauseMs, now);
    return limitedFor(pauseMs);
  }

  /** Returns how long the user has to wait for another purchase token in ms; 0 if they get one, which then counts. */
  tokenWaitMs(userId: string, now: number): number {
    return this.#turns.tokenWaitMs(userId, now);
  }

  /** The position from which to read winners. Before there is a set, it is past the end of the list. */
  get unread(): WinnersRead {
    return this.#winners?.read ?? { generation: this.#generation, length: BEYOND_ALL_WINNERS };
  }

  /**
   * Takes an observation that was requested at the monotonic time `sentAt` for the winners from `asked` on.
   * Returns true if the next one should be requested at once.
   */
  learn(observation: Observation, sentAt: number, asked: WinnersRead): boolean {
    if (!observation.known) {
      this.loseStock();
      // Until a worker has rebuilt the item, looking again at once would find the same.
      this.lookedAt = sentAt;
      return false;
    }
    this.left = observation.left;
    this.unpaid = observation.unpaid;
    this.winnable = { left: observation.winnable, at: observation.now };
    this.progress = Math.max(this.progress, observation.progress);
    this.#winnerCount = observation.winners;
    this.#readAt = sentAt;
    this.#generation = observation.read.generation;
    this.closed = closedReason(observation, this.sale.endsAt);
    if (this.closed !== undefined && this.#isAskedFor(sentAt)) this.#makeRoom();
    // The reply must continue where the set ends, or start at the first winner. A set made after the request would have a gap before the reply.
    const fits = observation.restarted || this.#winners?.read === asked;
    if (fits) this.#add((winners) => winners.add(observation.fingerprints, observation.read));
    const isComplete = fits && observation.complete;
    // Without the winners, memory cannot tell a newcomer from a winner, so it believes nothing.
    const isWanted = this.closed !== undefined && this.#winners !== undefined;
    this.#believedUntil = isWanted && isComplete ? sentAt + SOLD_OUT_LEASE_MS : Number.NEGATIVE_INFINITY;
    return isWanted && !isComplete;
  }

  #makeRoom(): void {
    if (this.#winners === undefined && this.#hasRoom(WinnerSet.bytesFor(this.#winnerCount))) this.#winners = new WinnerSet();
  }

  /** A set that grows beyond the room for all is given up: from then on Redis decides. */
  #add(change: (winners: WinnerSet) => void): void {
    const winners = this.#winners;
    if (winners === undefined) return;
    const before = winners.bytes;
    change(winners);
    if (winners.bytes > before && !this.#hasRoom(0)) this.#winners = undefined;
  }

  /** Redis does not know the stock; a worker must rebuild the item. */
  loseStock(): void {
    this.unpaid = undefined;
    this.winnable = undefined;
    this.left = undefined;
    this.doubt();
  }

  /** Frees the winners of an item without recent requests. */
  rest(now: number): void {
    if (this.#winners === undefined || this.#isAskedFor(now)) return;
    this.#winners = undefined;
    this.#believedUntil = Number.NEGATIVE_INFINITY;
    this.#turns.forget();
  }

  #isAskedFor(now: number): boolean {
    return now - this.askedAt <= WINNERS_KEPT_MS;
  }

  /** Something has changed or may have changed: from now on Redis decides. */
  doubt(): void {
    this.lookedAt = Number.NEGATIVE_INFINITY;
    this.#readAt = Number.NEGATIVE_INFINITY;
    this.#believedUntil = Number.NEGATIVE_INFINITY;
    this.#turns.forget();
  }
}

function limitedFor(waitMs: number): Decision {
  return { outcome: 'RATE_LIMITED', retryAfterMs: Math.ceil(waitMs) };
}

function closedReason(observation: Extract<Observation, { known: true }>, endsAt: number): ClosedReason | undefined {
  if (observation.state === 'CLOSED' || observation.now >= endsAt) return 'SALE_ENDED';
  if (observation.state === 'PAUSED') return 'SALE_PAUSED';
  return observation.left === 0 ? 'SOLD_OUT' : undefined;
}
