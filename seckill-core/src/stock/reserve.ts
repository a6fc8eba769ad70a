import type { Redis } from 'ioredis';
import { itemIdOf } from '../domain/ids.ts';
import type { ReservationStatus } from '../domain/reservation.ts';
import { isUserId } from '../domain/user-id.ts';
import { itemKeys } from './keys.ts';
import { statusOf } from './record.ts';
import { loadScript, runScript } from './script.ts';
import { SOLD_OUT_LEASE_MS } from './sold-out-lease.ts';

const reserveScript = loadScript('reserve', ['item', 'reservations', 'buyers', 'outbox', 'won', 'pauses']);

/** Most requests in one call. Redis serves no other client during it: about 6 µs a winner, 1 µs a loser. */
export const RESERVE_BATCH_LIMIT = 200;

/** Reservations of an item that may wait for JetStream. Beyond it buyers get UNAVAILABLE. About 150 bytes each. */
export const OUTBOX_LIMIT = 100_000;

/** As `decideBy`: answers REPEATED, FOREIGN or STOCK_UNKNOWN as always, and TOO_LATE to a request that has not won. */
export const DECIDE_NOTHING = 1;

export interface ReserveRequest {
  reservationId: string;
  userId: string;
  /** Units, a positive whole number. */
  quantity: number;
}

/** The answers of reserve.lua, at the index that the script returns. For REPEATED it returns the letter of the reservation's status instead. */
export const RESERVE_ANSWERS = [
  'RESERVED',
  'FOREIGN',
  'STOCK_UNKNOWN',
  'NOT_STARTED',
  'SALE_ENDED',
  'SALE_PAUSED',
  'SOLD_OUT',
  'RATE_LIMITED',
  'LIMIT_REACHED',
  'OUTBOX_FULL',
  'TOO_LATE',
  'REOPENING',
  'USER_PAUSED',
] as const;

export type ReserveAnswer =
  /** Won now. Time in ms. */
  | { answer: 'RESERVED'; reservedAt: number }
  /** This reservation had won before, at that time. */
  | { answer: 'REPEATED'; status: ReservationStatus; reservedAt: number }
  /**
   * `REOPENING`: the item was rebuilt a moment ago. No unit is won before every gateway has forgotten what it knew of the item. `USER_PAUSED`: the
   * user has given units back without paying, more than once.
   */
  | { answer: 'NOT_STARTED' | 'RATE_LIMITED' | 'REOPENING' | 'USER_PAUSED'; retryAfterMs: number }
  /** `FOREIGN`: another user's reservation has this id. `STOCK_UNKNOWN`: fail closed until the worker has rebuilt the item. `TOO_LATE`: `decideBy` had passed. */
  | {
      answer:
        | 'FOREIGN'
        | 'STOCK_UNKNOWN'
        | 'SALE_ENDED'
        | 'SALE_PAUSED'
        | 'SOLD_OUT'
        | 'LIMIT_REACHED'
        | 'OUTBOX_FULL'
        | 'TOO_LATE';
    };

export interface ReserveResult {
  /** Redis's clock, ms. */
  now: number;
  /** Units left after the batch; undefined if the stock is not known. */
  left: number | undefined;
  /** See {@link ReserveLimits.progressSeen}; 0 if the stock is not known. */
  progress: number;
  /** One answer for each request, in order. */
  answers: ReserveAnswer[];
}

interface ReserveLimits {
  /** Reservations that may wait for JetStream. Default {@link OUTBOX_LIMIT}. */
  outboxLimit?: number;
  /** ms on Redis's clock, after which this call makes no winners. 0, the default: no limit. */
  decideBy?: number;
  /**
   * The highest progress that the caller has seen of the item. It grows with every win and every rebuild. If Redis has less, it went back to an
   * older copy of its data, and the item is closed until it is rebuilt. Default 0: the caller has seen nothing.
   */
  progressSeen?: number;
}

/**
 * Decides up to {@link RESERVE_BATCH_LIMIT} requests for one item in one script, in order.
 * Rejects with ioredis's error if Redis does not answer: the outcome is then unknown, and the same ids may be retried.
 * Rejects with a RangeError, before anything is decided, if a request could not come from a caller that checks its input.
 */
export async function reserve(
  redis: Redis,
  itemId: string,
  runId: string,
  requests: readonly ReserveRequest[],
  { outboxLimit = OUTBOX_LIMIT, decideBy = 0, progressSeen = 0 }: ReserveLimits = {},
): Promise<ReserveResult> {
  if (requests.length < 1 || requests.length > RESERVE_BATCH_LIMIT) {
    throw new RangeError(`reserve decides 1 to ${RESERVE_BATCH_LIMIT} requests at once, not ${requests.length}.`);
  }
  const asked: (string | number)[] = [];
  for (const request of requests) {
    check(request, itemId);
    asked.push(request.reservationId, request.userId, request.quantity);
  }
  const args = [runId, outboxLimit, decideBy, SOLD_OUT_LEASE_MS, progressSeen, JSON.stringify(asked)];
  return decodeReserve(await runScript(redis, reserveScript, itemKeys(itemId), args));
}

/** A negative quantity would create stock, PostgreSQL could not hold another user id, and another item's reservation could not be found again. */
function check({ reservationId, userId, quantity }: ReserveRequest, itemId: string): void {
  if (!Number.isSafeInteger(quantity) || quantity < 1)
    throw new RangeError(`${quantity} units cannot be reserved: a whole number from 1 on.`);
  if (!isUserId(userId)) throw new RangeError('A request has a text that is not a user id.');
  if (itemIdOf(reservationId) !== itemId) throw new RangeError(`Reservation ${reservationId} is not of item ${itemId}.`);
}

function decodeReserve(reply: unknown): ReserveResult {
  const numbers = JSON.parse(reply as string) as (number | string)[];
  const [now, left, progress] = [Number(numbers[0]), Number(numbers[1]), Number(numbers[2])];
  const answers: ReserveAnswer[] = [];
  for (let at = 3; at < numbers.length; at += 2) answers.push(decodeAnswer(numbers[at], Number(numbers[at + 1]), now));
  return { now, left: left < 0 ? undefined : left, progress, answers };
}

function decodeAnswer(code: number | string | undefined, detail: number, now: number): ReserveAnswer {
  if (typeof code === 'string') return { answer: 'REPEATED', status: statusOf(code), reservedAt: detail };
  const answer = RESERVE_ANSWERS[code ?? -1];
  switch (answer) {
    case 'RESERVED':
      return { answer, reservedAt: now };
    case 'NOT_STARTED':
    case 'RATE_LIMITED':
    case 'REOPENING':
    case 'USER_PAUSED':
      return { answer, retryAfterMs: detail };
    case undefined:
      throw new Error(`reserve.lua returned ${code}, which reserve.ts does not know.`);
    default:
      return { answer };
  }
}
