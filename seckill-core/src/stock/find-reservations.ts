import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';
import { parseReservationRecord, type ReservationRecord } from './record.ts';

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
