import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';
import { letterOf } from './record.ts';
import { loadScript, runScript } from './script.ts';

const advanceScript = loadScript('advance', ['item', 'reservations', 'buyers', 'outbox', 'won']);

/** Most reservations in one call of advance or release: each call keeps Redis busy for about 2 ms. */
export const MOVE_BATCH_LIMIT = 500;

export interface ReservationMove {
  reservationId: string;
  userId: string;
  quantity: number;
  /** ms. */
  reservedAt: number;
  /** ms; 0 if no order was made. */
  payBy: number;
}

/**
 * Moves reservations of one item on, and writes those that Redis has lost. `RESERVED` only writes what is missing. If Redis has the reservation, its
 * user, units and time stay, whatever the move says. Idempotent. Resolves to the number of reservations that moved.
 */
export async function advance(
  redis: Redis,
  itemId: string,
  to: 'RESERVED' | 'ORDERED' | 'PAID',
  moves: readonly ReservationMove[],
): Promise<number> {
  let moved = 0;
  for (let from = 0; from < moves.length; from += MOVE_BATCH_LIMIT) {
    const asked: (string | number)[] = [];
    for (const move of moves.slice(from, from + MOVE_BATCH_LIMIT)) {
      asked.push(move.reservationId, move.userId, move.quantity, move.reservedAt, move.payBy);
    }
    const args = [letterOf(to), JSON.stringify(asked)];
    moved += (await runScript(redis, advanceScript, itemKeys(itemId), args)) as number;
  }
  return moved;
}
