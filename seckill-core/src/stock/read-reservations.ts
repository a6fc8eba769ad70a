import type { Redis } from 'ioredis';
import { itemIdOf } from '../domain/ids.ts';
import { itemKeys } from './keys.ts';
import { parseReservationRecord, type ReservationRecord } from './record.ts';
import { scanHash } from './scan-hash.ts';

/** Reads one reservation; undefined if Redis does not have it (never won, long past, or lost). */
export async function readReservation(redis: Redis, reservationId: string): Promise<ReservationRecord | undefined> {
  const text = await redis.hget(itemKeys(itemIdOf(reservationId)).reservations, reservationId);
  return text === null ? undefined : parseReservationRecord(text);
}

/** Reads these reservations of one item, by id. Reservations that Redis does not have are missing from the map. */
export async function findReservations(
  redis: Redis,
  itemId: string,
  reservationIds: readonly string[],
): Promise<Map<string, ReservationRecord>> {
  if (reservationIds.length === 0) return new Map();
  const records = await redis.hmget(itemKeys(itemId).reservations, ...reservationIds);
  return new Map(
    reservationIds.flatMap((id, i) => {
      const record = records[i];
      return record == null ? [] : [[id, parseReservationRecord(record)] as const];
    }),
  );
}

/** Reads all reservations of an item in portions, each at least once. One that changes during the scan may be seen before or after. */
export async function* readReservations(
  redis: Redis,
  itemId: string,
): AsyncGenerator<(ReservationRecord & { reservationId: string })[]> {
  for await (const pairs of scanHash(redis, itemKeys(itemId).reservations)) {
    const portion = pairs.map(([reservationId, text]) => ({ reservationId, ...parseReservationRecord(text) }));
    if (portion.length > 0) yield portion;
  }
}
