import type { Redis } from 'ioredis';
import type { ReservationStatus } from '../domain/reservation.ts';
import { itemKeys } from './keys.ts';
import { formatRecord, letterOf } from './record.ts';
import { loadScript, runScript, type ScriptArgument } from './script.ts';

const replayScript = loadScript('replay', ['item', 'reservations', 'buyers', 'outbox', 'won']);

/** Most reservations in one call, which keeps Redis busy for about 2 ms. */
const BATCH_LIMIT = 1_000;

/** A reservation to replay; `status` is the caller's word for it. */
export interface Replayed {
  reservationId: string;
  status: string;
  userId: string;
  quantity: number;
  reservedAt: number;
  payBy: number;
}

/**
 * Writes those of an item's reservations that Redis has lost, in any status and with their units: the fast part of a rebuild. `statuses` translates
 * the caller's words. Resolves to the reservations that Redis has in another status; they stay as they are. Idempotent. Each id must be given once.
 */
export async function replay<Reservation extends Replayed>(
  redis: Redis,
  itemId: string,
  reservations: readonly Reservation[],
  statuses: Readonly<Record<Reservation['status'], ReservationStatus>>,
): Promise<Reservation[]> {
  const differing: Reservation[] = [];
  for (let from = 0; from < reservations.length; from += BATCH_LIMIT) {
    const portion = reservations.slice(from, from + BATCH_LIMIT);
    const args: ScriptArgument[] = [];
    for (const { reservationId, status, userId, quantity, reservedAt, payBy } of portion) {
      const letter = letterOf(statuses[status as Reservation['status']]);
      args.push(reservationId, formatRecord(letter, userId, quantity, reservedAt, payBy));
    }
    const positions = (await runScript(redis, replayScript, itemKeys(itemId), args)) as number[];
    for (const position of positions) {
      const reservation = portion[position - 1];
      if (reservation !== undefined) differing.push(reservation);
    }
  }
  return differing;
}
