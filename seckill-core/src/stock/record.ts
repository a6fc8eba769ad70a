import type { ReservationStatus } from '../domain/reservation.ts';

const LETTERS = { RESERVED: 'R', ORDERED: 'O', PAID: 'P', CANCELLED: 'C', REJECTED: 'X', REFUNDED: 'F' } as const;
const STATUS_OF: Readonly<Record<string, ReservationStatus>> = {
  R: 'RESERVED',
  O: 'ORDERED',
  P: 'PAID',
  C: 'CANCELLED',
  X: 'REJECTED',
  F: 'REFUNDED',
};

/** The letter that stands for a status in a record and in the scripts' arguments. */
export const letterOf = (status: ReservationStatus): string => LETTERS[status];

/** A reservation as Redis holds it. Times in ms; `payBy` is 0 until the order is made. */
export interface ReservationRecord {
  status: ReservationStatus;
  userId: string;
  quantity: number;
  reservedAt: number;
  payBy: number;
}

/** The status that a letter stands for. Throws on any other text. */
export function statusOf(letter: string): ReservationStatus {
  const status = STATUS_OF[letter];
  if (status === undefined) throw new Error(`"${letter}" stands for no status of a reservation.`);
  return status;
}

/** A user id may hold `|` and digits: three numbers follow the last one. */
const RECORD = /^([A-Z])\|(.+)\|([1-9]\d*)\|(\d+)\|(\d+)$/s;

/** Reads `R|<userId>|<quantity>|<reservedAt>|<payBy>`, the form that lib/record.lua writes. Throws on anything else. */
export function parseReservationRecord(text: string): ReservationRecord {
  const [, letter = '', userId = '', quantity, reservedAt, payBy] = RECORD.exec(text) ?? [];
  const status = STATUS_OF[letter];
  if (status === undefined) {
    throw new Error(`Not a reservation record. Expected "R|<userId>|<quantity>|<reservedAt>|<payBy>".`);
  }
  return { status, userId, quantity: Number(quantity), reservedAt: Number(reservedAt), payBy: Number(payBy) };
}

/** Returns the form that {@link parseReservationRecord} reads. */
export function formatReservationRecord({ status, userId, quantity, reservedAt, payBy }: ReservationRecord): string {
  return formatRecord(letterOf(status), userId, quantity, reservedAt, payBy);
}

export const formatRecord = (letter: string, userId: string, quantity: number, reservedAt: number, payBy: number): string =>
  `${letter}|${userId}|${quantity}|${reservedAt}|${payBy}`;
