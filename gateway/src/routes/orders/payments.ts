import { calls, PaymentId } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { buyerCall, type OrderParts, ofOrder, ownOrder } from './own-order.ts';

export async function startPaymentRoute(app: App, { accessTokens, nats }: OrderParts): Promise<void> {
  app.post(
    '/api/orders/:orderId/payments',
    {
      schema: {
        ...buyerCall,
        summary: 'Start to pay an order',
        params: ofOrder,
        response: {
          201: Type.Object({ paymentId: PaymentId, checkoutUrl: Type.String() }),
          ...problems('UNAUTHENTICATED', 'RATE_LIMITED', 'NOT_FOUND', 'NOT_PAYABLE', 'UNAVAILABLE'),
        },
      },
    },
    async (request, reply) => {
      reply.statusCode = 201;
      return nats.ask(calls.startPayment, await ownOrder(accessTokens, request));
    },
  );
}
