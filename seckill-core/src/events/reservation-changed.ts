import { type Static, Type } from 'typebox';
import { RESERVATION_ID_PATTERN } from '../domain/ids.ts';
import { ReservationStatus } from '../domain/reservation.ts';
import { decoder } from './define-event.ts';
import { subjectToken } from './subject-token.ts';

const schema = Type.Object({
  reservationId: Type.String({ pattern: RESERVATION_ID_PATTERN }),
  status: ReservationStatus,
  quantity: Type.Integer(),
  amountCents: Type.Optional(Type.Integer()),
  currency: Type.Optional(Type.String()),
  payBy: Type.Optional(Type.Integer({ description: 'ms' })),
});
export type ReservationChanged = Static<typeof schema>;

/** Pushed to a buyer's open page over core NATS; not stored, since the page reads the state when it connects. */
export const reservationChanged = {
  subject: (userId: string): string => `seckill.user.${subjectToken(userId)}`,
  encode: (event: ReservationChanged): string => JSON.stringify(event),
  decode: decoder('reservation-changed', schema),
};
