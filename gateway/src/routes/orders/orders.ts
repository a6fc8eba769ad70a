import { calls, Order, OrderId } from 'seckill-core';
import { Type } from 'typebox';
import { offeredProviders } from '../../catalogue/offered-providers.ts';
import type { SalesMemory } from '../../catalogue/sales-memory.ts';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { buyerCall, type OrderParts, ofOrder, ownOrder } from './own-order.ts';

export async function orderRoutes(app: App, { accessTokens, nats, sales }: OrderParts & { sales: SalesMemory }): Promise<void> {
  /** Says how an order can be paid. The worker doesn't, because the gateway has the sale in memory. */
  function toPay(order: Order): Order {
    if (order.status !== 'PENDING_PAYMENT') return order;
    const paymentProviders = offeredProviders(sales.sale(order.saleId), nats.paymentProviders);
    return paymentProviders.length === 0 ? order : { ...order, paymentProviders };
  }

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
      const page = pageOf({ ...(before === undefined ? {} : { cursor: before }), ...query });
      const { orders, ...more } = await nats.ask(calls.listOrders, { userId, ...page });
      return { orders: orders.map(toPay), ...more };
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
    async (request) => toPay(await nats.ask(calls.getOrder, await ownOrder(accessTokens, request))),
  );
}
