import { itemKeys, parseReservationRecord, type ReservationRecord, type ReservationStatus, readReservations } from 'seckill-core';
import { type RecordedReservation, readRecorded, recordedReservations } from '../stock/recorded-reservations.ts';
import { readWaitingReservations } from '../stock/waiting-reservations.ts';
import type { AuditContext } from './audit-context.ts';

/** PostgreSQL's word for a reservation, and what Redis must say then. */
export const MATCHING = {
  PENDING_PAYMENT: 'ORDERED',
  PAID: 'PAID',
  CANCELLED: 'CANCELLED',
  REFUNDED: 'REFUNDED',
  REJECTED: 'REJECTED',
} as const satisfies Record<RecordedReservation['status'], ReservationStatus>;

const HOLDS: ReadonlySet<ReservationStatus> = new Set(['RESERVED', 'ORDERED', 'PAID']);
const PORTION = 1_000;

type InRedis = ReservationRecord & { reservationId: string };

export interface Mismatch {
  itemId: string;
  reservationId: string;
  redis: ReservationRecord | undefined;
  postgres: RecordedReservation | undefined;
  /** Units that one side counts as held and the other does not. */
  units: number;
}

export interface Comparison {
  /** Reservations that neither side disagrees about. */
  matched: number;
  /** RESERVED, in the outbox or in the stream: their order is to come. */
  underWay: number;
  underWayUnits: number;
  mismatches: Mismatch[];
  /** Units of all reservations that hold some, by Redis: in all and by user. */
  unitsHeld: number;
  heldBy: Map<string, number>;
}

/** Compares each reservation of an item in Redis with its order or rejection in PostgreSQL, and the other way round. */
export async function compareReservations(context: AuditContext, itemId: string): Promise<Comparison> {
  const comparison: Comparison = {
    matched: 0,
    underWay: 0,
    underWayUnits: 0,
    mismatches: [],
    unitsHeld: 0,
    heldBy: new Map(),
  };
  const { heldBy } = comparison;
  const suspects: InRedis[] = [];
  for await (const portion of readReservations(context.redis, itemId)) {
    const recorded = await readRecorded(
      context.prisma,
      portion.map((each) => each.reservationId),
    );
    for (const reservation of portion) {
      const { status, userId, quantity } = reservation;
      if (HOLDS.has(status)) {
        comparison.unitsHeld += quantity;
        heldBy.set(userId, (heldBy.get(userId) ?? 0) + quantity);
      }
      if (agree(reservation, recorded.get(reservation.reservationId))) comparison.matched += 1;
      else suspects.push(reservation);
    }
  }
  await judge(context, itemId, suspects, comparison);
  await findMissing(context, itemId, comparison);
  return comparison;
}

/** A reservation that was on its way at the first look is looked at once more, both sides at nearly one time, and in the queues. */
async function judge(context: AuditContext, itemId: string, suspects: readonly InRedis[], comparison: Comparison): Promise<void> {
  if (suspects.length === 0) return;
  const { nc, redis, prisma, sale } = context;
  const inStream = new Set((await readWaitingReservations(nc, sale.id, itemId)).map((each) => each.reservationId));
  for (let from = 0; from < suspects.length; from += PORTION) {
    const portion = suspects.slice(from, from + PORTION);
    const ids = portion.map((each) => each.reservationId);
    const recorded = await readRecorded(prisma, ids);
    const waiting = await redis.zmscore(itemKeys(itemId).outbox, ...ids);
    const records = await redis.hmget(itemKeys(itemId).reservations, ...ids);
    for (const [i, { reservationId, ...first }] of portion.entries()) {
      const record = records[i];
      const inRedis = record == null ? first : parseReservationRecord(record);
      const postgres = recorded.get(reservationId);
      if (agree(inRedis, postgres)) comparison.matched += 1;
      else if (inRedis.status === 'RESERVED' && postgres === undefined && (waiting[i] != null || inStream.has(reservationId))) {
        comparison.underWay += 1;
        comparison.underWayUnits += inRedis.quantity;
      } else if (inRedis.status === 'RESERVED' && inStream.has(reservationId)) {
        // Committed, and what follows the commit is not finished: it is not acknowledged.
        comparison.matched += 1;
      } else {
        const units = Math.abs(held(inRedis) - live(postgres));
        comparison.mismatches.push({ itemId, reservationId, redis: inRedis, postgres, units });
      }
    }
  }
}

/** Orders and rejections of which Redis knows nothing. */
async function findMissing({ prisma, redis }: AuditContext, itemId: string, comparison: Comparison): Promise<void> {
  const { reservations } = itemKeys(itemId);
  await prisma.$transaction(
    async (tx) => {
      for await (const rows of recordedReservations(tx, itemId)) {
        const records = await redis.hmget(reservations, ...rows.map((row) => row.reservationId));
        for (const [i, row] of rows.entries()) {
          if (records[i] != null) continue;
          const { reservationId } = row;
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

const held = ({ status, quantity }: ReservationRecord): number => (HOLDS.has(status) ? quantity : 0);

function live(postgres: RecordedReservation | undefined): number {
  return postgres?.status === 'PENDING_PAYMENT' || postgres?.status === 'PAID' ? postgres.quantity : 0;
}
