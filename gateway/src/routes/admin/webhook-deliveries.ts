import {
  Backfilled,
  BackfillWish,
  calls,
  DELIVERY_ID_PATTERN,
  DeliveryId,
  DeliveryState,
  deliveriesRequest,
  ListedDelivery,
  Problem,
  ReplayWish,
  WebhookDelivery,
} from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, knownWebhook, ofWebhook, operatorCall } from './operator-call.ts';

const ofDelivery = Type.Object({ webhookId: Type.String(), deliveryId: Type.String() });
const isDeliveryId = new RegExp(DELIVERY_ID_PATTERN);

/** What was sent to an endpoint, what came back, and sending it again. */
export async function webhookDeliveryRoutes(app: App, { nats }: AdminParts): Promise<void> {
  const found = problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE');
  const asked = problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE');

  app.post(
    '/api/admin/webhooks/:webhookId/test',
    {
      schema: {
        ...operatorCall,
        summary: 'Send a test event to a webhook endpoint, once and at once',
        description: 'Its type is `seckill.webhook.test.v1`. It is sent also if the endpoint is paused or disabled.',
        params: ofWebhook,
        response: { 200: WebhookDelivery, ...found },
      },
    },
    (request) => nats.ask(calls.testWebhook, knownWebhook(request.params)),
  );

  app.get(
    '/api/admin/webhooks/:webhookId/deliveries',
    {
      schema: {
        ...operatorCall,
        summary: 'List the deliveries to a webhook endpoint, newest first',
        params: ofWebhook,
        querystring: Type.Object(
          {
            state: Type.Optional(DeliveryState),
            from: deliveriesRequest.from,
            to: deliveriesRequest.to,
            ...pageQuery(DeliveryId),
          },
          { additionalProperties: false },
        ),
        response: { 200: calls.listDeliveries.reply, ...asked },
      },
    },
    ({ params, query: { limit, cursor, ...filter } }) => {
      const page = pageOf({ ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { cursor }) });
      return nats.ask(calls.listDeliveries, { ...knownWebhook(params), ...filter, ...page });
    },
  );

  app.get(
    '/api/admin/webhooks/:webhookId/deliveries/:deliveryId',
    {
      schema: {
        ...operatorCall,
        summary: 'Show a delivery: what was sent, and what came back each time',
        params: ofDelivery,
        response: { 200: WebhookDelivery, ...found },
      },
    },
    (request) => nats.ask(calls.getDelivery, knownDelivery(request.params)),
  );

  replayRoutes(app, { nats });
}

function replayRoutes(app: App, { nats }: AdminParts): void {
  const found = problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE');
  const asked = problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE');

  app.post(
    '/api/admin/webhooks/:webhookId/deliveries/:deliveryId/replay',
    {
      schema: {
        ...operatorCall,
        summary: 'Deliver an event again, under the same id',
        params: ofDelivery,
        response: { 200: ListedDelivery, ...found },
      },
    },
    (request) => nats.ask(calls.replayDelivery, knownDelivery(request.params)),
  );

  app.post(
    '/api/admin/webhooks/:webhookId/replay',
    {
      schema: {
        ...operatorCall,
        summary: 'Deliver again what failed, or all of a time',
        description: 'Under the same ids. Deliveries that wait are tried at once.',
        params: ofWebhook,
        body: Type.Union([ReplayWish, Type.Null()]),
        response: { 200: calls.replayDeliveries.reply, ...asked },
      },
    },
    (request) => nats.ask(calls.replayDeliveries, { ...knownWebhook(request.params), ...(request.body ?? {}) }),
  );

  app.post(
    '/api/admin/webhooks/:webhookId/backfill',
    {
      schema: {
        ...operatorCall,
        summary: 'Deliver order events from before the endpoint was added, or from before its log begins',
        description:
          'Those that the endpoint asks for, rebuilt from PostgreSQL if the stream no longer has them. Call again with `nextCursor` until there is none.',
        params: ofWebhook,
        body: BackfillWish,
        response: { 200: Backfilled, ...asked },
      },
    },
    (request) => nats.ask(calls.backfillWebhook, { ...knownWebhook(request.params), ...request.body }),
  );
}

/** Returns the ids of the address. Throws NOT_FOUND if no delivery can have them. */
function knownDelivery({ webhookId, deliveryId }: { webhookId: string; deliveryId: string }) {
  if (!isDeliveryId.test(deliveryId)) throw new Problem('NOT_FOUND');
  return { ...knownWebhook({ webhookId }), deliveryId };
}
