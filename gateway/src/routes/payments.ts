import { isSigned, Problem, paymentReceived, send } from 'seckill-core';
import { Type } from 'typebox';
import type { GatewayParts } from '../gateway-parts.ts';
import type { App } from '../http/app.ts';
import { problems } from '../http/problem-responses.ts';

const RETRY_AFTER_MS = 1_000;

/** What the payment provider says. Never shed: the provider has the money already. */
export async function paymentRoutes(app: App, { parts }: { parts: GatewayParts }): Promise<void> {
  const { config, nats, log } = parts;

  // The signature is over the bytes as they came, so it is checked before anything reads them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    const header = request.headers['seckill-signature'];
    const signed = isSigned(config.paymentWebhookSecret, header?.toString(), body, Math.floor(Date.now() / 1_000));
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
      // A request without a body meets no parser.
      preValidation: async (request) => {
        if (request.body === undefined) throw new Problem('SIGNATURE_INVALID');
      },
      schema: {
        tags: ['payments'],
        summary: 'The payment provider tells a result',
        description: 'Repeat it until it is answered with 200: under the same `eventId` it counts once.',
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
        log.warn({ err: error, eventId: event.eventId }, 'a payment event could not be stored; the provider will repeat it');
        throw new Problem('UNAVAILABLE', 'The event is not stored. Send it again.', RETRY_AFTER_MS);
      }
      return { received: true as const };
    },
  );
}
