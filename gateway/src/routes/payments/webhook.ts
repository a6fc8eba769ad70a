import type { Logger } from 'pino';
import { isSigned, PaymentNotification, type PaymentReceived, Problem, paymentReceived, send } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { NatsLink } from '../../links/nats-link.ts';

const RETRY_AFTER_MS = 1_000;

export interface PaymentWebhookParts {
  nats: NatsLink;
  log: Logger;
  /** Shared with the payment provider. Two while they are being changed. */
  secrets: readonly string[];
}

/** Takes the results of the payment provider that speaks our own HTTP contract. Accepted even under overload: the provider already has the money. */
export function webhookRoute(app: App, { nats, log, secrets }: PaymentWebhookParts): void {
  app.post(
    '/api/payments/webhook',
    {
      preValidation: async (request) => {
        request.body = verified(secrets, request.headers['seckill-signature']?.toString(), request.body);
      },
      schema: {
        tags: ['payments'],
        summary: 'Receive a result from the HTTP payment provider',
        description:
          'Repeat the call until the answer is 200: an event that is sent again counts once. The same `eventId` with other content is handled too, and shown to the operator as a conflict.',
        headers: Type.Object({
          'seckill-signature': Type.Optional(Type.String({ description: '`t=<unix s>,v1=<hex HMAC-SHA256 of "t.rawBody">`' })),
        }),
        body: Type.Object(PaymentNotification.properties, { additionalProperties: false }),
        response: {
          200: Type.Object({ received: Type.Literal(true) }),
          ...problems('VALIDATION_FAILED', 'SIGNATURE_INVALID', 'UNAVAILABLE'),
        },
      },
    },
    async (request) => {
      const event = request.body;
      const stored = { ...event, provider: 'http' };
      try {
        if (nats.publisher === undefined) throw new Error('NATS is away.');
        await send(nats.publisher, paymentReceived, stored);
      } catch (error) {
        log.warn({ err: error, eventId: event.eventId }, 'a payment event could not be stored; the provider will send it again');
        throw new Problem('UNAVAILABLE', 'The event was not stored. Send it again.', RETRY_AFTER_MS);
      }
      return { received: true as const };
    },
  );
}

/** Returns the JSON of a signed body. The signature covers the raw bytes, so it is checked before they are parsed. */
function verified(secrets: readonly string[], header: string | undefined, body: unknown): PaymentReceived {
  const now = Math.floor(Date.now() / 1_000);
  if (!Buffer.isBuffer(body)) throw new Problem('SIGNATURE_INVALID');
  if (!isSigned(secrets, header, body, now)) throw new Problem('SIGNATURE_INVALID');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new Problem('VALIDATION_FAILED', 'body is not JSON.');
  }
}
