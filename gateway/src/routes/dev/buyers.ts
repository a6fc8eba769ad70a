import { Problem, SaleId } from 'seckill-core';
import { Type } from 'typebox';
import { findSale } from '../../catalogue/find-sale.ts';
import type { SalesMemory } from '../../catalogue/sales-memory.ts';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { OperatorOnly } from '../../security/admin-token.ts';

const MOST_BUYERS = 20_000;
const PATIENCE_MS = 5_000;

export interface SimulatedBuyersParts {
  sales: SalesMemory;
  /** Takes the same body as this route; `npm start` serves it. */
  url: string;
  operatorOnly: OperatorOnly;
}

/** Forwards the request to the process that simulates buyers. Only registered with DEV_LOGIN and SIMULATED_BUYERS_URL. */
export async function simulatedBuyersRoute(app: App, { sales, url, operatorOnly }: SimulatedBuyersParts): Promise<void> {
  app.addHook('onRequest', operatorOnly);

  app.post(
    '/api/dev/buyers',
    {
      schema: {
        tags: ['development'],
        summary: 'Send simulated buyers to a sale',
        security: [{ admin: [] }],
        body: Type.Object(
          { saleId: SaleId, buyers: Type.Integer({ minimum: 1, maximum: MOST_BUYERS }) },
          { additionalProperties: false },
        ),
        response: {
          202: Type.Object({ buyers: Type.Integer() }),
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE'),
        },
      },
    },
    async (request, reply) => {
      await findSale(sales, request.body.saleId);
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request.body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).catch(() => undefined);
      if (answer?.ok !== true) throw new Problem('UNAVAILABLE', 'No process simulates buyers at the moment.');
      reply.statusCode = 202;
      return { buyers: request.body.buyers };
    },
  );
}
