import { IsoTime, OrderId, type ReservationChanged, ReservationStatus } from 'seckill-core';
import { type Static, Type } from 'typebox';

/** A reservation as its buyer sees it. */
export const Reservation = Type.Object({
  reservationId: OrderId,
  status: ReservationStatus,
  order: Type.Optional(
    Type.Object(
      { orderId: OrderId, amountCents: Type.Integer(), currency: Type.String(), payBy: IsoTime },
      { description: 'Present from ORDERED on.' },
    ),
  ),
});
export type Reservation = Static<typeof Reservation>;

/** Without an amount and a deadline there is no order yet. */
export function viewOf({
  reservationId,
  status,
  amountCents,
  currency,
  payBy,
}: Omit<ReservationChanged, 'quantity'>): Reservation {
  if (amountCents === undefined || currency === undefined || payBy === undefined) return { reservationId, status };
  const order = { orderId: reservationId, amountCents, currency, payBy: new Date(payBy).toISOString() };
  return { reservationId, status, order };
}
