import { type Mismatch, sameUnits } from './compare-reservations.ts';

/** Without a full stop. The same words mean the same mismatch. */
export function sayMismatch({ reservationId, redis, postgres }: Mismatch): string {
  if (redis !== undefined && postgres !== undefined && !sameUnits(redis, postgres)) {
    const inRedis = `${redis.status} of ${redis.quantity} for ${redis.userId} in Redis`;
    return `${reservationId} is ${inRedis} and ${postgres.status} of ${postgres.quantity} for ${postgres.userId} in PostgreSQL`;
  }
  const recorded =
    postgres === undefined ? 'PostgreSQL has neither an order nor a rejection' : `${postgres.status} in PostgreSQL`;
  return `${reservationId} is ${redis?.status ?? 'missing'} in Redis and ${recorded}`;
}
