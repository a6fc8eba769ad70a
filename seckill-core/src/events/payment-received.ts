import { type Static, Type } from 'typebox';
import { Currency, PaymentId, Text } from '../domain/fields.ts';
import { UUID_PATTERN } from '../domain/ids.ts';
import { defineEvent } from './define-event.ts';

const PaymentEventType = Type.Union([
  Type.Literal('payment.succeeded'),
  Type.Literal('payment.failed'),
  Type.Literal('refund.done'),
  Type.Literal('refund.refused'),
]);

interface Content {
  type: Static<typeof PaymentEventType>;
  paymentId: string;
  orderId: string;
  amountCents: number;
  currency: string;
  refundId?: string;
}

/**
 * What the event says, in one text. It belongs to the message id, because a provider may use an event id twice: JetStream would drop the second
 * event, and its money would be in no book.
 */
export const contentOf = ({ type, paymentId, orderId, amountCents, currency, refundId }: Content): string =>
  `${type}:${paymentId}:${orderId}:${amountCents}:${currency}${refundId === undefined ? '' : `:${refundId}`}`;

/** What the HTTP provider sends in a notification. */
export const PaymentNotification = Type.Object({
  /** Unique at its provider. */
  eventId: Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9_.:-]+$' }),
  type: PaymentEventType,
  paymentId: PaymentId,
  orderId: Type.String({ pattern: UUID_PATTERN }),
  amountCents: Type.Integer({ minimum: 0 }),
  currency: Currency,
  /** When the buyer paid, on the provider's clock, ms. */
  paidAt: Type.Optional(Type.Integer({ minimum: 0 })),
  /** Who paid, if the checkout was for one payer. */
  payer: Type.Optional(Text(1, 255)),
  /** Of the events refund.done and refund.refused. */
  refundId: Type.Optional(Type.String({ pattern: UUID_PATTERN })),
  /** Why the provider refused the refund. */
  reason: Type.Optional(Text(1, 500)),
});

/**
 * What a provider says about a payment or a refund: in a notification, or as the answer to a question. Or what an operator says about a refund that the
 * provider has refused. The amount is what was paid, or what went back, in the currency's minor unit; 0 for a payment that failed if the provider
 * does not say.
 */
export const paymentReceived = defineEvent({
  name: 'payment-received',
  schema: Type.Object({
    ...PaymentNotification.properties,
    /** Absent in messages of earlier versions, and if an operator says it. */
    provider: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,32}$' })),
    /** Of refund.done: the operator who settled it outside the provider, and how. */
    settledBy: Type.Optional(Text(1, 100)),
    note: Type.Optional(Text(1, 500)),
  }),
  subjects: 'seckill.payment.>',
  subject: ({ orderId }: { orderId: string }) => `seckill.payment.${orderId}`,
  messageId: (event) => `${event.provider === undefined ? '' : `${event.provider}:`}${event.eventId}:${contentOf(event)}`,
});
export type PaymentReceived = Static<typeof paymentReceived.schema>;
