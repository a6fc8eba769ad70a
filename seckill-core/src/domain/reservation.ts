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
  PAID: ['REFUNDED'],
  CANCELLED: ['REFUNDED'],
  REJECTED: [],
  REFUNDED: [],
};

export const LIVE_RESERVATION: ReadonlySet<ReservationStatus> = new Set(['RESERVED', 'ORDERED', 'PAID']);
