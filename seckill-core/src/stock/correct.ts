import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';
import { formatReservationRecord, type ReservationRecord } from './record.ts';
import { loadScript, runScript, type ScriptArgument } from './script.ts';
import { SOLD_OUT_LEASE_MS } from './sold-out-lease.ts';

const correctScript = loadScript('correct', ['item', 'reservations', 'buyers', 'outbox']);

/** One call keeps Redis busy for about 2 ms. */
const BATCH_LIMIT = 200;

export interface Correction {
  reservationId: string;
  /** The record as the caller read it from Redis. */
  seen: ReservationRecord;
  wanted: ReservationRecord;
}

export interface Corrected {
  reservationIds: string[];
  /** The item was sold out and no longer is: broadcast that to the gateways. */
  restocked: boolean;
}

/**
 * Writes reservations with their units even if no legal move leads there: for a Redis that is ahead of PostgreSQL. The caller must hold the
 * orders' row locks. A reservation that is no longer as `seen` stays unchanged.
 */
export async function correct(redis: Redis, itemId: string, corrections: readonly Correction[]): Promise<Corrected> {
  const corrected: Corrected = { reservationIds: [], restocked: false };
  for (let from = 0; from < corrections.length; from += BATCH_LIMIT) {
    const args: ScriptArgument[] = [SOLD_OUT_LEASE_MS];
    for (const { reservationId, seen, wanted } of corrections.slice(from, from + BATCH_LIMIT)) {
      args.push(reservationId, formatReservationRecord(seen), formatReservationRecord(wanted));
    }
    const reply = (await runScript(redis, correctScript, itemKeys(itemId), args)) as [number, ...string[]];
    const [restocked, ...reservationIds] = reply;
    corrected.reservationIds.push(...reservationIds);
    corrected.restocked ||= restocked === 1;
  }
  return corrected;
}
