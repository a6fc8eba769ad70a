import { AdminOrder, calls, isReservationId, isUuid, newId, Problem, RefundSettled, RefundWish } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

const ofOrder = Type.Object({ orderId: Type.String() });
const IdempotencyKey = Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]{1,100}$' }));

/** An order and its refunds. A worker reads and writes them. */
export async function adminOrderRoutes(app: App, { nats }: AdminParts): Promise<void> {
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
        params: Type.Object({ orderId: Type.String(), refundId: Type.String() }),
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
        params: Type.Object({ orderId: Type.String(), refundId: Type.String() }),
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

/** Returns the order id of the address. Throws NOT_FOUND if no order can have it, so that no worker is asked. */
function knownOrder({ orderId }: { orderId: string }): { orderId: string } {
  if (!isReservationId(orderId)) throw new Problem('NOT_FOUND');
  return { orderId };
}

/** As {@link knownOrder}, with the refund's id. */
function knownRefund({ orderId, refundId }: { orderId: string; refundId: string }): { orderId: string; refundId: string } {
  if (!isUuid(refundId)) throw new Problem('NOT_FOUND');
  return { ...knownOrder({ orderId }), refundId };
}
