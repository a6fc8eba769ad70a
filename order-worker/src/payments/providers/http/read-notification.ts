import { isSigned, MalformedMessage, type PaymentReceived, paymentReceived } from 'seckill-core';
import type { Notification, NotificationAnswer, ProviderEvent } from '../../provider.ts';

export function readNotification(secrets: readonly string[], rawBody: Buffer, signature: string | undefined): Notification {
  if (!isSigned(secrets, signature, rawBody, Math.floor(Date.now() / 1_000))) return invalid(401, 'The signature is wrong.');
  try {
    return { kind: 'events', events: [eventOf(paymentReceived.decode(rawBody))], answer: answerOf(200, { received: true }) };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    return invalid(400, error.message);
  }
}

const answerOf = (status: number, body: object): NotificationAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(body),
});

const invalid = (status: number, reason: string): Notification => ({
  kind: 'invalid',
  reason,
  answer: answerOf(status, { error: reason }),
});

/** Events of earlier versions of the API name no time and no refund. */
function eventOf(received: PaymentReceived): ProviderEvent {
  const { eventId, type, paymentId, orderId, amountCents, currency, paidAt = Date.now(), payer } = received;
  const common = { eventId, paymentId, orderId };
  if (type === 'payment.succeeded') return { ...common, kind: 'paid', facts: { amountCents, currency, paidAt, payer } };
  if (type === 'payment.failed') return { ...common, kind: 'failed', amountCents, currency };
  const { refundId = paymentId, reason = 'The payment provider gave no reason.' } = received;
  const standing = type === 'refund.done' ? ({ state: 'done' } as const) : ({ state: 'refused', reason } as const);
  return { ...common, kind: 'refund', refundId, amountCents, currency, standing };
}
