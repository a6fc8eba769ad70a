import { findInOutbox, findReservations, LIVE_RESERVATION, type ReservationRecord, readReservations } from 'seckill-core';
import { type RecordedReservation, readRecorded, recordedReservations } from '../../stock/recorded-reservations.ts';
import { MATCHING } from '../../stock/replay-orders.ts';
import { readWaitingReservations } from '../../stock/waiting-reservations.ts';
import type { AuditContext } from './audit-context.ts';

const PORTION = 1_000;

type InRedis = ReservationRecord & { reservationId: string };
type Source = Pick<AuditContext, 'nc' | 'redis' | 'prisma' | 'sale'>;

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
  heldBy: Map<string, number>;
}

/** Compares each reservation of an item in Redis with its order or rejection in PostgreSQL, in both directions. */
export async function compareReservations(source: Source, itemId: string): Promise<Comparison> {
  const comparison: Comparison = { matched: 0, inFlight: 0, inFlightUnits: 0, mismatches: [], unitsHeld: 0, heldBy: new Map() };
  const { heldBy } = comparison;
  const suspects: InRedis[] = [];
  for await (const portion of readReservations(source.redis, itemId)) {
    const ids = portion.map((each) => each.reservationId);
    const recorded = await readRecorded(source.prisma, ids);
    for (const reservation of portion) {
      const units = held(reservation);
      if (units > 0) {
        comparison.unitsHeld += units;
        heldBy.set(reservation.userId, (heldBy.get(reservation.userId) ?? 0) + units);
      }
      if (agree(reservation, recorded.get(reservation.reservationId))) comparison.matched += 1;
      else suspects.push(reservation);
    }
  }
  await judge(source, itemId, suspects, comparison);
  await findMissing(source, itemId, comparison);
  return comparison;
}

/** Reads suspects a second time, both sides at nearly the same moment, and looks for them in the outbox and the stream. */
async function judge(
  { nc, redis, prisma, sale }: Source,
  itemId: string,
  suspects: readonly InRedis[],
  comparison: Comparison,
): Promise<void> {
  if (suspects.length === 0) return;
  const inStream = new Set((await readWaitingReservations(nc, sale.id, itemId)).map((each) => each.reservationId));
  for (let from = 0; from < suspects.length; from += PORTION) {
    const portion = suspects.slice(from, from + PORTION);
    const ids = portion.map((each) => each.reservationId);
    const recorded = await readRecorded(prisma, ids);
    const inOutbox = await findInOutbox(redis, itemId, ids);
    const records = await findReservations(redis, itemId, ids);
    for (const { reservationId, ...first } of portion) {
      const inRedis = records.get(reservationId) ?? first;
      const postgres = recorded.get(reservationId);
      const queued = inRedis.status === 'RESERVED' && inStream.has(reservationId);
      if (agree(inRedis, postgres)) comparison.matched += 1;
      else if (inRedis.status === 'RESERVED' && postgres === undefined && (queued || inOutbox.has(reservationId))) {
        comparison.inFlight += 1;
        comparison.inFlightUnits += inRedis.quantity;
      } else if (queued) {
        // Committed but not acknowledged: the steps that follow the commit are still running.
        comparison.matched += 1;
      } else {
        const units = Math.abs(held(inRedis) - live(postgres));
        comparison.mismatches.push({ itemId, reservationId, redis: inRedis, postgres, units });
      }
    }
  }
}

/** Orders and rejections that have no reservation in Redis. */
async function findMissing({ prisma, redis }: Source, itemId: string, comparison: Comparison): Promise<void> {
  await prisma.$transaction(
    async (tx) => {
      for await (const rows of recordedReservations(tx, itemId)) {
        const ids = rows.map((row) => row.reservationId);
        const records = await findReservations(redis, itemId, ids);
        for (const row of rows) {
          const { reservationId } = row;
          if (records.has(reservationId)) continue;
          comparison.mismatches.push({ itemId, reservationId, redis: undefined, postgres: row, units: live(row) });
        }
      }
    },
    { maxWait: 10_000, timeout: 60_000 },
  );
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
