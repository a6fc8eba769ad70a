import { calls, ItemId, newId, Problem } from 'seckill-core';
import { Type } from 'typebox';
import type { SalesMemory } from '../../catalogue/sales-memory.ts';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, knownSale, operatorCall } from './operator-call.ts';

const RequestId = Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]{1,100}$' }));

export async function stockRoute(app: App, { nats, sales }: AdminParts & { sales: SalesMemory }): Promise<void> {
  app.post(
    '/api/admin/sales/:saleId/items/:itemId/stock',
    {
      schema: {
        ...operatorCall,
        summary: 'Add units to an item',
        description:
          'Adds once per request id: `requestId` in the body, or the header `Idempotency-Key`, or the header `X-Request-Id`. Without a request id, each call adds.',
        params: Type.Object({ saleId: Type.String(), itemId: Type.String() }),
        headers: Type.Object({ 'idempotency-key': RequestId, 'x-request-id': RequestId }),
        body: Type.Object(
          { add: Type.Integer({ minimum: 1, maximum: 10_000_000 }), requestId: RequestId },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            itemId: ItemId,
            stock: Type.Integer({ description: 'All units of the item after the call.' }),
            added: Type.Integer(),
          }),
          ...problems(
            'VALIDATION_FAILED',
            'UNAUTHENTICATED',
            'NOT_FOUND',
            'WRONG_SALE_STATE',
            'REQUEST_ID_REUSED',
            'UNAVAILABLE',
          ),
        },
      },
    },
    async (request) => {
      const { add, requestId = request.headers['idempotency-key'] ?? request.headers['x-request-id'] ?? newId() } = request.body;
      const { itemId } = request.params;
      if (!/^[0-9a-f]{6}$/.test(itemId)) throw new Problem('NOT_FOUND');
      const added = await nats.ask(calls.addStock, { ...knownSale(request.params), itemId, add, requestId });
      await sales.refresh().catch(() => undefined);
      return added;
    },
  );
}
