import type { Redis } from 'ioredis';
import { itemIdOf } from '../domain/ids.ts';
import { itemKeys } from './keys.ts';
import { parseReservationRecord, type ReservationRecord } from './record.ts';

/** Reads one reservation; undefined if Redis does not have it (never won, long past, or lost). */
export async function readReservation(redis: Redis, reservationId: string): Promise<ReservationRecord | undefined> {
  const text = await redis.hget(itemKeys(itemIdOf(reservationId)).reservations, reservationId);
  return text === null ? undefined : parseReservationRecord(text);
}

/** Reads all reservations of an item in portions, each at least once. One that changes during the scan may be seen before or after. */
export async function* readReservations(
  redis: Redis,
  itemId: string,
): AsyncGenerator<(ReservationRecord & { reservationId: string })[]> {
  let cursor = '0';
  do {
    const [next, flat] = await redis.hscan(itemKeys(itemId).reservations, cursor, 'COUNT', 1000);
    const portion: (ReservationRecord & { reservationId: string })[] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) {
      portion.push({ reservationId: flat[i] ?? '', ...parseReservationRecord(flat[i + 1] ?? '') });
    }
    if (portion.length > 0) yield portion;
    cursor = next;
  } while (cursor !== '0');
}
