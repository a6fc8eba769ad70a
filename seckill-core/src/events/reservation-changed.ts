import { type Static, Type } from 'typebox';
import { OrderId } from '../domain/fields.ts';
import { ReservationStatus } from '../domain/reservation.ts';
import { decoder, type Event } from './define-event.ts';

const schema = Type.Object({
  reservationId: OrderId,
  status: ReservationStatus,
  quantity: Type.Integer(),
  amountCents: Type.Optional(Type.Integer()),
  currency: Type.Optional(Type.String()),
  payBy: Type.Optional(Type.Integer({ description: 'ms' })),
});
export type ReservationChanged = Static<typeof schema>;

const name = 'reservation-changed';
const decode = decoder(name, schema);

/** Pushed to a buyer's open page over core NATS. It is not stored: the page reads the state when it connects. */
export const reservationChanged = {
  name,
  schema,
  subjects: 'seckill.user.*',
  decode,
  /** The event for the pages of one user. */
  to(userId: string): Event<typeof schema, unknown> {
    const subject = `seckill.user.${subjectToken(userId)}`;
    return { name, schema, subjects: subject, subject: () => subject, encode: JSON.stringify, decode };
  },
};

/** A user id as one token of a NATS subject: `.`, `*`, `>` and blanks would end or widen it. Each other byte is two hex digits: no two ids meet. */
function subjectToken(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/gu, (char) => Buffer.from(char).toString('hex').replace(/../g, '=$&'));
}
