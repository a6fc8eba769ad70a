import { type Static, Type } from 'typebox';

export const ReservationStatus = Type.Union([
  Type.Literal('RESERVED'),
  Type.Literal('ORDERED'),
  Type.Literal('PAID'),
  Type.Literal('CANCELLED'),
  Type.Literal('REJECTED'),
  Type.Literal('REFUNDED'),
]);
export type ReservationStatus = Static<typeof ReservationStatus>;

/** The legal moves. RESERVED, ORDERED and PAID hold units; the others have returned them. */
export const RESERVATION_MOVES: Readonly<Record<ReservationStatus, readonly ReservationStatus[]>> = {
  RESERVED: ['ORDERED', 'PAID', 'CANCELLED', 'REJECTED'],
  ORDERED: ['PAID', 'CANCELLED'],
  PAID: [],
  CANCELLED: ['REFUNDED'],
  REJECTED: [],
  REFUNDED: [],
};

export const LIVE_RESERVATION: ReadonlySet<ReservationStatus> = new Set(['RESERVED', 'ORDERED', 'PAID']);

const LETTERS = { RESERVED: 'R', ORDERED: 'O', PAID: 'P', CANCELLED: 'C', REJECTED: 'X', REFUNDED: 'F' } as const;
export type ReservationLetter = (typeof LETTERS)[ReservationStatus];
const STATUS_OF: Readonly<Record<string, ReservationStatus>> = {
  R: 'RESERVED',
  O: 'ORDERED',
  P: 'PAID',
  C: 'CANCELLED',
  X: 'REJECTED',
  F: 'REFUNDED',
};

export const letterOf = (status: ReservationStatus): ReservationLetter => LETTERS[status];

/** A reservation as Redis holds it. Times in milliseconds; `payBy` is 0 until an order was made. */
export interface ReservationRecord {
  status: ReservationStatus;
  userId: string;
  quantity: number;
  reservedAt: number;
  payBy: number;
}

const RECORD = /^([A-Z])\|([^|]+)\|([1-9]\d*)\|(\d+)\|(\d+)$/;

/** Reads `R|<userId>|<quantity>|<reservedAt>|<payBy>`, the form that the scripts write; throws on anything else. */
export function parseReservationRecord(text: string): ReservationRecord {
  const [, letter = '', userId = '', quantity, reservedAt, payBy] = RECORD.exec(text) ?? [];
  const status = STATUS_OF[letter];
  if (status === undefined) {
    throw new Error(`Not a reservation record: "${text}". Expected "R|<userId>|<quantity>|<reservedAt>|<payBy>".`);
  }
  return { status, userId, quantity: Number(quantity), reservedAt: Number(reservedAt), payBy: Number(payBy) };
}

/** The form that {@link parseReservationRecord} reads. */
export function formatReservationRecord({ status, userId, quantity, reservedAt, payBy }: ReservationRecord): string {
  return [letterOf(status), userId, quantity, reservedAt, payBy].join('|');
}
