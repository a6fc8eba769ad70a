import { AdminOrder, calls, isUuid, newId, Problem, RefundSettled, RefundWish } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, knownOrder, ofOrder, operatorCall } from './operator-call.ts';

const ofRefund = Type.Object({ orderId: Type.String(), refundId: Type.String() });
const IdempotencyKey = Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]{1,100}$' }));

export async function orderRefundRoutes(app: App, { nats }: AdminParts): Promise<void> {
  app.post(
    '/api/admin/orders/:orderId/refund',
    {
      schema: {
        ...operatorCall,
        summary: 'Give money of a paid order back',
        description:
          'All that is left of it, or a part. The order stays PAID until all its money has gone back, and is REFUNDED then. ' +
          'Refunds once per `Idempotency-Key`. Without one, each call refunds.',
        params: ofOrder,
        headers: Type.Object({ 'idempotency-key': IdempotencyKey }),
        body: Type.Object(RefundWish.properties, { additionalProperties: false }),
        response: {
          200: AdminOrder,
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'NOT_REFUNDABLE', 'REQUEST_ID_REUSED', 'UNAVAILABLE'),
        },
      },
    },
    (request) => {
      const requestId = request.headers['idempotency-key'] ?? newId();
      return nats.ask(calls.refundOrder, { ...knownOrder(request.params), ...request.body, requestId });
    },
  );

  app.post(
    '/api/admin/orders/:orderId/refunds/:refundId/retry',
    {
      schema: {
        ...operatorCall,
        summary: 'Try a refused refund again',
        description: 'Begins another refund in its place. Repeating the call changes nothing.',
        params: ofRefund,
        response: { 200: AdminOrder, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'NOT_REFUNDABLE', 'UNAVAILABLE') },
      },
    },
    (request) => nats.ask(calls.retryRefund, knownRefund(request.params)),
  );

  app.post(
    '/api/admin/orders/:orderId/refunds/:refundId/settled',
    {
      schema: {
        ...operatorCall,
        summary: 'Mark a refused refund as settled outside its provider',
        description:
          'For a buyer who got the money another way, such as by bank transfer. The refund is DONE, and its order is REFUNDED if all its money has ' +
          'gone back. It cannot be undone. Repeating the call changes nothing.',
        params: ofRefund,
        body: Type.Object(RefundSettled.properties, { additionalProperties: false }),
        response: {
          200: AdminOrder,
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'NOT_REFUNDABLE', 'UNAVAILABLE'),
        },
      },
    },
    (request) => nats.ask(calls.settleRefund, { ...knownRefund(request.params), ...request.body }),
  );
}

/** Returns the ids of the address. Throws NOT_FOUND if no refund can have them. */
function knownRefund({ orderId, refundId }: { orderId: string; refundId: string }): { orderId: string; refundId: string } {
  if (!isUuid(refundId)) throw new Problem('NOT_FOUND');
  return { ...knownOrder({ orderId }), refundId };
}
