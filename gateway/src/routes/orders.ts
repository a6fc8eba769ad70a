import type { IncomingHttpHeaders } from 'node:http';
import { calls, isReservationId, Order, OrderId, PaymentId, Problem } from 'seckill-core';
import { Type } from 'typebox';
import type { GatewayParts } from '../gateway-parts.ts';
import type { App } from '../http/app.ts';
import { problems } from '../http/problem-responses.ts';

const DEFAULT_LIMIT = 50;
const ofOrder = Type.Object({ orderId: Type.String() });
const security = [{ user: [] }];

/** A user's orders. They live in PostgreSQL, so a worker answers. */
export async function orderRoutes(app: App, { parts }: { parts: GatewayParts }): Promise<void> {
  const { accessTokens, nats } = parts;

  app.get(
    '/api/orders',
    {
      schema: {
        tags: ['orders'],
        summary: 'My orders, the newest first',
        security,
        querystring: Type.Object(
          {
            before: Type.Optional(OrderId),
            limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$', description: '1 to 100, 50 where not given' })),
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
        tags: ['orders'],
        summary: 'One of my orders',
        security,
        params: ofOrder,
        response: { 200: Order, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.getOrder, mine(request.headers, request.params)),
  );

  app.post(
    '/api/orders/:orderId/payments',
    {
      schema: {
        tags: ['orders'],
        summary: 'Start to pay an order',
        security,
        params: ofOrder,
        response: {
          201: Type.Object({ paymentId: PaymentId, checkoutUrl: Type.String() }),
          ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'NOT_PAYABLE', 'UNAVAILABLE'),
        },
      },
    },
    async (request, reply) => {
      reply.statusCode = 201;
      return nats.ask(calls.startPayment, mine(request.headers, request.params));
    },
  );

  app.post(
    '/api/orders/:orderId/cancel',
    {
      schema: {
        tags: ['orders'],
        summary: 'Cancel an order that is not paid',
        security,
        params: ofOrder,
        response: { 200: Order, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'NOT_CANCELLABLE', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.cancelOrder, mine(request.headers, request.params)),
  );

  function mine({ authorization }: IncomingHttpHeaders, { orderId }: { orderId: string }) {
    const userId = accessTokens.userOf(authorization);
    if (!isReservationId(orderId)) throw new Problem('NOT_FOUND');
    return { userId, orderId };
  }
}
