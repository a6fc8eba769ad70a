import { calls, PaymentChoice, StartedPayment } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { buyerCall, type OrderParts, ofOrder, ownOrder } from './own-order.ts';

export async function startPaymentRoute(app: App, { accessTokens, nats }: OrderParts): Promise<void> {
  app.post(
    '/api/orders/:orderId/payments',
    {
      // Without a body, the buyer takes what is usual.
      preValidation: async (request) => {
        request.body ??= {};
      },
      schema: {
        ...buyerCall,
        summary: 'Start to pay an order',
        description:
          "Returns the open payment of the order, or begins one. Send the buyer to `checkoutUrl`, or show `qrCode`, or pass `app` to the call in the provider's app. Another `provider` or `channel` closes the open checkout first.",
        params: ofOrder,
        body: Type.Object(PaymentChoice.properties, { additionalProperties: false }),
        response: {
          201: StartedPayment,
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'RATE_LIMITED', 'NOT_FOUND', 'NOT_PAYABLE', 'UNAVAILABLE'),
        },
      },
    },
    async (request, reply) => {
      reply.statusCode = 201;
      const order = await ownOrder(accessTokens, request);
      const locale = localeOf(request.headers['accept-language']);
      return nats.ask(calls.startPayment, { ...order, ...request.body, ...(locale === undefined ? {} : { locale }) });
    },
  );
}

/** The first language of the header, BCP 47: browsers sort by weight. */
const localeOf = (acceptLanguage = ''): string | undefined =>
  /^\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,3})/.exec(acceptLanguage)?.[1];
