import {
  countReservations,
  findInOutbox,
  findReservations,
  LIVE_RESERVATION,
  type ReservationRecord,
  readReservations,
} from 'seckill-core';
import type { WorkerContext } from '../../servers/worker-context.ts';
import { type RecordedReservation, readRecorded, recordedReservations } from '../../stock/recorded-reservations.ts';
import { MATCHING } from '../../stock/replay-orders.ts';
import { readWaitingReservations } from '../../stock/waiting-reservations.ts';
import { Fingerprints, hash32 } from './fingerprints.ts';

const PORTION = 1_000;

export type ComparisonSource = Pick<WorkerContext, 'nc' | 'redis' | 'prisma'> & { sale: { id: string } };

export interface Mismatch {
  itemId: string;
  reservationId: string;
  redis: ReservationRecord | undefined;
  postgres: RecordedReservation | undefined;
  /** Units that one side counts as held and the other does not. */
  units: number;
}

export interface Comparison {
  /** Reservations on which both sides agree. */
  matched: number;
  /** RESERVED, and in the outbox or the stream: they have no order yet. */
  inFlight: number;
  inFlightUnits: number;
  mismatches: Mismatch[];
  /** Units that Redis' live reservations hold: in all, and by user. */
  unitsHeld: number;
  heldBy: Fingerprints;
}

/**
 * Compares each reservation of an item in Redis with its order or rejection in PostgreSQL, in both directions. Reads each side once from end to
 * end, and keeps a few bytes of each reservation: two texts of the same bits are taken for one. What seems to differ is then read exactly.
 */
export async function compareReservations(source: ComparisonSource, itemId: string): Promise<Comparison> {
  const expected = await countReservations(source.redis, itemId);
  const heldBy = new Fingerprints(expected);
  const comparison: Comparison = { matched: 0, inFlight: 0, inFlightUnits: 0, mismatches: [], unitsHeld: 0, heldBy };
  const inRedis = new Fingerprints(expected);
  for await (const portion of readReservations(source.redis, itemId)) {
    for (const reservation of portion) {
      const isNew = inRedis.set(reservation.reservationId, contentOf(reservation.status, reservation));
      const units = held(reservation);
      if (units === 0 || !isNew) continue;
      comparison.unitsHeld += units;
      heldBy.set(reservation.userId, (heldBy.get(reservation.userId) ?? 0) + units);
    }
  }
  await judge(source, itemId, await findSuspects(source, itemId, inRedis, comparison), comparison);
  return comparison;
}

/** Marks what PostgreSQL has too, and returns the ids of which one side differs or knows nothing. */
async function findSuspects(
  { prisma, redis }: ComparisonSource,
  itemId: string,
  inRedis: Fingerprints,
  comparison: Comparison,
): Promise<string[]> {
  const suspects: string[] = [];
  await prisma.$transaction(
    async (tx) => {
      for await (const rows of recordedReservations(tx, itemId)) {
        for (const row of rows) {
          if (inRedis.get(row.reservationId) === contentOf(MATCHING[row.status], row)) comparison.matched += 1;
          else suspects.push(row.reservationId);
          inRedis.mark(row.reservationId);
        }
      }
    },
    { maxWait: 10_000, timeout: 300_000 },
  );
  if (inRedis.marked === inRedis.size) return suspects;
  for await (const portion of readReservations(redis, itemId)) {
    for (const { reservationId } of portion) if (!inRedis.isMarked(reservationId)) suspects.push(reservationId);
  }
  return suspects;
}

const contentOf = (status: string, { userId, quantity }: { userId: string; quantity: number }): number =>
  hash32(`${status}|${quantity}|${userId}`);

/** Reads suspects a second time, both sides at nearly the same moment, and looks for them in the outbox and the stream. */
async function judge(
  { nc, redis, prisma, sale }: ComparisonSource,
  itemId: string,
  suspects: readonly string[],
  comparison: Comparison,
): Promise<void> {
  if (suspects.length === 0) return;
  const inStream = new Set((await readWaitingReservations(nc, sale.id, itemId)).map((each) => each.reservationId));
  const unique = [...new Set(suspects)];
  for (let from = 0; from < unique.length; from += PORTION) {
    const ids = unique.slice(from, from + PORTION);
    // Redis first: it follows PostgreSQL, so a reservation that moves between the two reads appears behind and never ahead.
    const inOutbox = await findInOutbox(redis, itemId, ids);
    const records = await findReservations(redis, itemId, ids);
    const recorded = await readRecorded(prisma, ids);
    for (const reservationId of ids) {
      const inRedis = records.get(reservationId);
      const postgres = recorded.get(reservationId);
      const reserved = inRedis?.status === 'RESERVED';
      const queued = reserved && inStream.has(reservationId);
      if (inRedis === undefined && postgres === undefined) continue;
      if (inRedis !== undefined && agree(inRedis, postgres)) comparison.matched += 1;
      else if (reserved && postgres === undefined && (queued || inOutbox.has(reservationId))) {
        comparison.inFlight += 1;
        comparison.inFlightUnits += inRedis.quantity;
      } else if (queued) {
        // Committed but not acknowledged: the steps that follow the commit are still running.
        comparison.matched += 1;
      } else {
        const units = Math.abs((inRedis === undefined ? 0 : held(inRedis)) - live(postgres));
        comparison.mismatches.push({ itemId, reservationId, redis: inRedis, postgres, units });
      }
    }
  }
}

export function agree(redis: ReservationRecord, postgres: RecordedReservation | undefined): boolean {
  return postgres !== undefined && MATCHING[postgres.status] === redis.status && sameUnits(redis, postgres);
}

export const sameUnits = (redis: ReservationRecord, postgres: RecordedReservation): boolean =>
  redis.quantity === postgres.quantity && redis.userId === postgres.userId;

const held = ({ status, quantity }: ReservationRecord): number => (LIVE_RESERVATION.has(status) ? quantity : 0);

function live(postgres: RecordedReservation | undefined): number {
  return postgres?.status === 'PENDING_PAYMENT' || postgres?.status === 'PAID' ? postgres.quantity : 0;
}
