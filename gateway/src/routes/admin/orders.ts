import { AdminOrder, calls, OrderFilter, OrderId } from 'seckill-core';
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
        summary: 'List orders, newest first',
        description: 'The list of one buyer, without other filters, is exact. Any other may lack the orders of the last second.',
        querystring: Type.Object({ ...OrderFilter, ...pageQuery(OrderId) }, { additionalProperties: false }),
        response: { 200: calls.searchOrders.reply, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    async ({ query }) => {
      const { limit: _, cursor: __, ...filter } = query;
      const page = pageOf(query);
      const { userId, ...others } = filter;
      if (userId === undefined || Object.keys(others).length > 0) return nats.ask(calls.searchOrders, { ...filter, ...page });
      const { orders, ...next } = await nats.ask(calls.listOrders, { userId, ...page });
      return { orders: orders.map((order) => ({ ...order, userId })), ...next };
    },
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
