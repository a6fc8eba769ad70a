import { AdminOrder, calls, OrderId, UserId } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, knownOrder, ofOrder, operatorCall } from './operator-call.ts';

export async function adminOrderRoutes(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/orders',
    {
      schema: {
        ...operatorCall,
        summary: "List a buyer's orders, newest first",
        querystring: Type.Object({ userId: UserId, ...pageQuery(OrderId) }, { additionalProperties: false }),
        response: { 200: calls.listOrders.reply, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    ({ query: { userId, ...page } }) => nats.ask(calls.listOrders, { userId, ...pageOf(page) }),
  );

  app.get(
    '/api/admin/orders/:orderId',
    {
      schema: {
        ...operatorCall,
        summary: 'Show an order with its payments, refunds and history',
        params: ofOrder,
        response: { 200: AdminOrder, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    (request) => nats.ask(calls.adminOrder, knownOrder(request.params)),
  );
}
