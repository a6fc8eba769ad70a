import { calls, Order, OrderId } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { buyerCall, type OrderParts, ofOrder, ownOrder } from './own-order.ts';

export async function orderRoutes(app: App, { accessTokens, nats }: OrderParts): Promise<void> {
  app.get(
    '/api/orders',
    {
      schema: {
        ...buyerCall,
        summary: 'List my orders, newest first',
        querystring: Type.Object(
          { ...pageQuery(OrderId), before: Type.Optional({ ...OrderId, description: 'The same as `cursor`.' }) },
          { additionalProperties: false },
        ),
        response: {
          200: calls.listOrders.reply,
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'RATE_LIMITED', 'UNAVAILABLE'),
        },
      },
    },
    async (request) => {
      const userId = await accessTokens.userOf(request.headers.authorization);
      const { before, ...query } = request.query;
      return nats.ask(calls.listOrders, { userId, ...pageOf({ ...(before === undefined ? {} : { cursor: before }), ...query }) });
    },
  );

  app.get(
    '/api/orders/:orderId',
    {
      schema: {
        ...buyerCall,
        summary: 'Read one of my orders',
        params: ofOrder,
        response: { 200: Order, ...problems('UNAUTHENTICATED', 'RATE_LIMITED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.getOrder, await ownOrder(accessTokens, request)),
  );
}
