import { calls, Order } from 'seckill-core';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { buyerCall, type OrderParts, ofOrder, ownOrder } from './own-order.ts';

export async function cancelRoute(app: App, { accessTokens, nats }: OrderParts): Promise<void> {
  app.post(
    '/api/orders/:orderId/cancel',
    {
      schema: {
        ...buyerCall,
        summary: 'Cancel an unpaid order',
        params: ofOrder,
        response: { 200: Order, ...problems('UNAUTHENTICATED', 'RATE_LIMITED', 'NOT_FOUND', 'NOT_CANCELLABLE', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.cancelOrder, await ownOrder(accessTokens, request)),
  );
}
