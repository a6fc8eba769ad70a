import { RESERVATION_MOVES, type ReservationStatus } from 'seckill-core';
import type { Reservation } from '../reservations/reservation-view.ts';
import { type EventStream, eventText } from './event-stream.ts';

/** The stream ends here: the buyer waits for nothing more. (REFUNDED may follow CANCELLED, but days later.) */
const FINAL: ReadonlySet<ReservationStatus> = new Set(['PAID', 'CANCELLED', 'REJECTED', 'REFUNDED']);

/** Streams one reservation to its buyer: the current state, then each change up to a final state. Late and repeated changes are ignored. */
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
