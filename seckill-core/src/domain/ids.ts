import { randomFillSync } from 'node:crypto';

/** Six lower-case hex digits: the item's number, and the tail of every reservation id of the item. */
export const ITEM_ID_PATTERN = '^[0-9a-f]{6}$';
export const UUID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
/** UUIDv7 whose last six digits are an item id. */
export const RESERVATION_ID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';

const reservationId = new RegExp(RESERVATION_ID_PATTERN);
const uuid = new RegExp(UUID_PATTERN);

export const isReservationId = (value: string): boolean => reservationId.test(value);
export const isUuid = (value: string): boolean => uuid.test(value);

const POOL_BYTES = 8192;
const BYTES_AN_ID = 7;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Returns a UUIDv7 (RFC 9562) whose last 24 bits are `tail`, six hex digits; 50 random bits remain beside the milliseconds. */
function uuidv7(now: number, tail: string): string {
  if (used + BYTES_AN_ID > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.toString('hex', used, used + BYTES_AN_ID);
  used += BYTES_AN_ID;
  return uuidv7Of(now, random, tail);
}

/** `random`: 14 hex digits. */
function uuidv7Of(now: number, random: string, tail: string): string {
  const time = now.toString(16).padStart(12, '0');
  const variant = '89ab'[Number.parseInt(random.charAt(13), 16) & 3];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(3, 6)}-${random.slice(6, 12)}${tail}`;
}

/**
 * Returns a new reservation id: a UUIDv7 that carries its item. 50 bits are random in each millisecond, so two of a hundred thousand ids
 * made for one item in one second are equal with a probability of about 4e-9.
 */
export function newReservationId(itemId: string, now: number = Date.now()): string {
  return uuidv7(now, itemId);
}

/** Returns the reservation id of an item that belongs to `secretDigits`, 14 hex digits that no one else can guess: always the same. `at` in ms. */
export function reservationIdOf(itemId: string, at: number, secretDigits: string): string {
  return uuidv7Of(at, secretDigits, itemId);
}

/** Returns a plain UUIDv7, for sales, payments and requests. */
export function newId(now: number = Date.now()): string {
  if (used + BYTES_AN_ID > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const tail = pool.toString('hex', used, used + 3);
  used += 3;
  return uuidv7(now, tail);
}

/** Returns the item of a reservation or order. It needs no lookup, so it works from the 202 on, even if the gateway has died. */
export function itemIdOf(reservationId: string): string {
  return reservationId.slice(-6);
}

/** Returns when a reservation id was made, in ms since 1970: when its purchase token was given out. */
export function timeOfId(reservationId: string): number {
  return Number.parseInt(reservationId.slice(0, 8), 16) * 65_536 + Number.parseInt(reservationId.slice(9, 13), 16);
}

/** Returns 24 random bits of a reservation id: all that a gateway remembers of a winner. */
export function fingerprintOf(reservationId: string): number {
  return Number.parseInt(reservationId.slice(24, 30), 16);
}
