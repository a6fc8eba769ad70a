import { calls, Order, OrderId } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { buyerCall, type OrderParts, ofOrder, ownOrder } from './own-order.ts';

const DEFAULT_LIMIT = 50;

export async function orderRoutes(app: App, { accessTokens, nats }: OrderParts): Promise<void> {
  app.get(
    '/api/orders',
    {
      schema: {
        ...buyerCall,
        summary: 'List my orders, newest first',
        querystring: Type.Object(
          {
            before: Type.Optional(OrderId),
            limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$', description: '1 to 100, default 50.' })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({ orders: Type.Array(Order) }),
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE'),
        },
      },
    },
    async (request) => {
      const userId = accessTokens.userOf(request.headers.authorization);
      const { before, limit = DEFAULT_LIMIT } = request.query;
      const page = { userId, limit: Number(limit), ...(before === undefined ? {} : { before }) };
      return { orders: await nats.ask(calls.listOrders, page) };
    },
  );

  app.get(
    '/api/orders/:orderId',
    {
      schema: {
        ...buyerCall,
        summary: 'Read one of my orders',
        params: ofOrder,
        response: { 200: Order, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.getOrder, ownOrder(accessTokens, request)),
  );
}
