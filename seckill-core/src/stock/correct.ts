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
  /** As Redis holds it. */
  seen: ReservationRecord;
  wanted: ReservationRecord;
}

interface Corrected {
  reservationIds: string[];
  /** The item was sold out before, and is no longer: gateways should be told. */
  restocked: boolean;
}

/**
 * Writes reservations against the order of their moves, with their units: for a Redis that is ahead of PostgreSQL. Whoever calls keeps their orders
 * from moving meanwhile. What is not as it was seen any more is left alone.
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
