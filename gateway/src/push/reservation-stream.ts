import { RESERVATION_MOVES, type ReservationChanged, type ReservationStatus } from 'seckill-core';
import type { findReservation } from '../reservations/find-reservation.ts';
import { type EventStream, eventText } from './event-stream.ts';

export type Reservation = Awaited<ReturnType<typeof findReservation>>;

/** Nothing the buyer waits for comes after these. (REFUNDED may follow CANCELLED, days later.) */
const FINAL: ReadonlySet<ReservationStatus> = new Set(['PAID', 'CANCELLED', 'REJECTED', 'REFUNDED']);

/** One buyer's view of one reservation: the state as it is, then each move, up to a final one. Late and repeated news changes nothing. */
export class ReservationStream {
  readonly #stream: EventStream;
  #status: ReservationStatus;

  constructor(stream: EventStream, reservation: Reservation) {
    this.#stream = stream;
    this.#status = reservation.status;
    this.#send(reservation);
  }

  take(reservation: Reservation): void {
    if (!this.#stream.isOpen || !leadsTo(this.#status, reservation.status)) return;
    this.#status = reservation.status;
    this.#send(reservation);
  }

  #send(reservation: Reservation): void {
    this.#stream.write(eventText('reservation', reservation, reservation.status));
    if (FINAL.has(reservation.status)) this.#stream.end();
  }
}

function leadsTo(from: ReservationStatus, to: ReservationStatus): boolean {
  return RESERVATION_MOVES[from].some((next) => next === to || leadsTo(next, to));
}

/** A pushed change in the form that reading the reservation has. */
export function viewOf({ reservationId, status, amountCents, currency, payBy }: ReservationChanged): Reservation {
  if (amountCents === undefined || currency === undefined || payBy === undefined) return { reservationId, status };
  const order = { orderId: reservationId, amountCents, currency, payBy: new Date(payBy).toISOString() };
  return { reservationId, status, order };
}
