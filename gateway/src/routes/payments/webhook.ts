import type { Logger } from 'pino';
import { isSigned, Problem, paymentReceived, send } from 'seckill-core';
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

/** Takes the payment provider's results. Accepted even under overload: the provider already has the money. */
export async function paymentWebhookRoute(app: App, { nats, log, secrets }: PaymentWebhookParts): Promise<void> {
  // The signature covers the raw bytes, so it is checked before they are parsed.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const header = request.headers['seckill-signature'];
    const signed = isSigned(secrets, header?.toString(), body, Math.floor(Date.now() / 1_000));
    if (!signed) return done(new Problem('SIGNATURE_INVALID'));
    try {
      done(null, JSON.parse(body.toString('utf8')));
    } catch {
      done(new Problem('VALIDATION_FAILED', 'body is not JSON.'));
    }
  });

  app.post(
    '/api/payments/webhook',
    {
      // A request without a body skips the parser.
      preValidation: async (request) => {
        if (request.body === undefined) throw new Problem('SIGNATURE_INVALID');
      },
      schema: {
        tags: ['payments'],
        summary: 'Receive a result from the payment provider',
        description:
          'Repeat the call until the answer is 200: an event that is sent again counts once. The same `eventId` with other content is handled too, and shown to the operator as a conflict.',
        headers: Type.Object({
          'seckill-signature': Type.Optional(Type.String({ description: '`t=<unix s>,v1=<hex HMAC-SHA256 of "t.rawBody">`' })),
        }),
        body: Type.Object(paymentReceived.schema.properties, { additionalProperties: false }),
        response: {
          200: Type.Object({ received: Type.Literal(true) }),
          ...problems('VALIDATION_FAILED', 'SIGNATURE_INVALID', 'UNAVAILABLE'),
        },
      },
    },
    async (request) => {
      const event = request.body;
      try {
        if (nats.publisher === undefined) throw new Error('NATS is away.');
        await send(nats.publisher, paymentReceived, event);
      } catch (error) {
        log.warn({ err: error, eventId: event.eventId }, 'a payment event could not be stored; the provider will send it again');
        throw new Problem('UNAVAILABLE', 'The event was not stored. Send it again.', RETRY_AFTER_MS);
      }
      return { received: true as const };
    },
  );
}
