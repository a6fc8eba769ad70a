import { type Static, Type } from 'typebox';
import { Currency, PaymentId } from '../domain/fields.ts';
import { UUID_PATTERN } from '../domain/ids.ts';
import { defineEvent } from './define-event.ts';

const PaymentEventType = Type.Union([Type.Literal('payment.succeeded'), Type.Literal('payment.failed')]);

interface Content {
  type: Static<typeof PaymentEventType>;
  paymentId: string;
  orderId: string;
  amountCents: number;
  currency: string;
}

/**
 * What the event says, in one text. It belongs to the message id, because a provider may use an event id twice: JetStream would drop the second
 * event, and its money would be in no book.
 */
export const contentOf = ({ type, paymentId, orderId, amountCents, currency }: Content): string =>
  `${type}:${paymentId}:${orderId}:${amountCents}:${currency}`;

/** A payment result, as the provider's signed webhook reported it. */
export const paymentReceived = defineEvent({
  name: 'payment-received',
  schema: Type.Object({
    eventId: Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9_.:-]+$' }),
    type: PaymentEventType,
    paymentId: PaymentId,
    orderId: Type.String({ pattern: UUID_PATTERN }),
    amountCents: Type.Integer({ minimum: 0 }),
    currency: Currency,
  }),
  subjects: 'seckill.payment.>',
  subject: ({ orderId }: { orderId: string }) => `seckill.payment.${orderId}`,
  messageId: (event) => `${event.eventId}:${contentOf(event)}`,
});
export type PaymentReceived = Static<typeof paymentReceived.schema>;
