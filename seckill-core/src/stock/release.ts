import type { Redis } from 'ioredis';
import { MOVE_BATCH_LIMIT, type ReservationMove } from './advance.ts';
import { itemKeys } from './keys.ts';
import { letterOf } from './record.ts';
import { loadScript, runScript } from './script.ts';
import { SOLD_OUT_LEASE_MS } from './sold-out-lease.ts';

const releaseScript = loadScript('release', ['item', 'reservations', 'buyers', 'outbox', 'won', 'pauses']);

export interface Released {
  units: number;
  /** The item was sold out and no longer is: broadcast that to the gateways. */
  restocked: boolean;
}

export interface ReleaseOptions {
  /**
   * For units that their users give back without paying: the pause before such a user can win the item again, the second time that they do it, in ms. It
   * doubles each time, up to ten minutes. Default 0: no pause.
   */
  firstPauseMs?: number;
}

/**
 * Takes reservations of one item to CANCELLED, REJECTED or REFUNDED; their units return exactly once, however often this is called. `REFUNDED` moves
 * only a paid or cancelled reservation: to replay a refunded order, release it as `CANCELLED` first.
 */
export async function release(
  redis: Redis,
  itemId: string,
  to: 'CANCELLED' | 'REJECTED' | 'REFUNDED',
  moves: readonly Omit<ReservationMove, 'payBy'>[],
  { firstPauseMs = 0 }: ReleaseOptions = {},
): Promise<Released> {
  const released: Released = { units: 0, restocked: false };
  for (let from = 0; from < moves.length; from += MOVE_BATCH_LIMIT) {
    const asked: (string | number)[] = [];
    for (const move of moves.slice(from, from + MOVE_BATCH_LIMIT)) {
      asked.push(move.reservationId, move.userId, move.quantity, move.reservedAt);
    }
    const args = [letterOf(to), SOLD_OUT_LEASE_MS, JSON.stringify(asked), firstPauseMs];
    const [units, restocked] = (await runScript(redis, releaseScript, itemKeys(itemId), args)) as [number, number];
    released.units += units;
    released.restocked ||= restocked === 1;
  }
  return released;
}
