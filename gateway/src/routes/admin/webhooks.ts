import {
  ChangeWebhook,
  CreatedWebhook,
  CreateWebhook,
  calls,
  RotatedSecret,
  RotateSecret,
  WebhookId,
  WebhookView,
} from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, knownWebhook, ofWebhook, operatorCall } from './operator-call.ts';

/** The endpoints that order events are sent to. A worker sends. */
export async function webhookRoutes(app: App, { nats }: AdminParts): Promise<void> {
  app.post(
    '/api/admin/webhooks',
    {
      schema: {
        ...operatorCall,
        summary: 'Add a webhook endpoint',
        description:
          'It gets the events from now on, one in each request, signed by Standard Webhooks. The answer has the secret, which is not shown again.',
        body: CreateWebhook,
        response: { 201: CreatedWebhook, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    async (request, reply) => {
      reply.statusCode = 201;
      return nats.ask(calls.createWebhook, request.body);
    },
  );

  app.get(
    '/api/admin/webhooks',
    {
      schema: {
        ...operatorCall,
        summary: 'List the webhook endpoints, newest first',
        querystring: Type.Object(pageQuery(WebhookId), { additionalProperties: false }),
        response: { 200: calls.listWebhooks.reply, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    (request) => nats.ask(calls.listWebhooks, pageOf(request.query)),
  );

  oneWebhook(app, { nats });
}

function oneWebhook(app: App, { nats }: AdminParts): void {
  const found = problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE');
  const changed = problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE');

  app.get(
    '/api/admin/webhooks/:webhookId',
    {
      schema: {
        ...operatorCall,
        summary: 'Read one webhook endpoint',
        params: ofWebhook,
        response: { 200: WebhookView, ...found },
      },
    },
    (request) => nats.ask(calls.getWebhook, knownWebhook(request.params)),
  );

  app.patch(
    '/api/admin/webhooks/:webhookId',
    {
      schema: {
        ...operatorCall,
        summary: 'Change, pause or resume a webhook endpoint',
        description: 'In force within a second. Fields that are missing stay as they are.',
        params: ofWebhook,
        body: ChangeWebhook,
        response: { 200: WebhookView, ...changed },
      },
    },
    (request) => nats.ask(calls.changeWebhook, { ...knownWebhook(request.params), ...request.body }),
  );

  app.delete(
    '/api/admin/webhooks/:webhookId',
    {
      schema: {
        ...operatorCall,
        summary: 'Delete a webhook endpoint and its deliveries',
        description: 'Repeating the call changes nothing.',
        params: ofWebhook,
        response: { 200: Type.Object({}), ...found },
      },
    },
    (request) => nats.ask(calls.deleteWebhook, knownWebhook(request.params)),
  );

  app.post(
    '/api/admin/webhooks/:webhookId/secret',
    {
      schema: {
        ...operatorCall,
        summary: 'Rotate the secret of a webhook endpoint',
        description: 'Until `previousSecretUntil`, each request has a signature by the old secret too.',
        params: ofWebhook,
        body: Type.Union([RotateSecret, Type.Null()]),
        response: { 200: RotatedSecret, ...changed },
      },
    },
    (request) => nats.ask(calls.rotateWebhookSecret, { ...knownWebhook(request.params), ...(request.body ?? {}) }),
  );
}
