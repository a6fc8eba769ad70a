import { calls, ProviderName } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import type { NatsLink } from '../../links/nats-link.ts';

/** Stripe's events are some KiB long. */
const BODY_LIMIT = 128 * 1_024;

/**
 * Takes the notifications of every provider, each in its provider's format. A worker has the keys: it verifies the raw bytes, stores what they say and
 * chooses the answer. If no worker answers, the provider gets 503 and sends the notification again.
 */
export function notificationRoute(app: App, { nats }: { nats: NatsLink }): void {
  app.post(
    '/api/payments/webhook/:provider',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        tags: ['payments'],
        summary: 'Receive a notification of a payment provider',
        description: 'In the format and with the signature of that provider. The answer is the one that it expects.',
        params: Type.Object({ provider: ProviderName }),
      },
    },
    async (request, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body.toString('base64') : '';
      const headers = Object.fromEntries(
        Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
      );
      const answer = await nats.ask(calls.receiveNotification, { provider: request.params.provider, headers, body });
      return reply.code(answer.status).type(answer.contentType).send(answer.body);
    },
  );
}
