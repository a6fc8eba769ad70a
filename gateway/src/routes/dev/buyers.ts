import { Problem, SaleId } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../app.ts';
import type { GatewayParts } from '../../gateway-parts.ts';
import { problems } from '../../http/problem-responses.ts';
import { requireAdmin } from '../../security/admin-token.ts';
import { findSale } from '../sales/sales.ts';

const MOST_BUYERS = 20_000;
const PATIENCE_MS = 5_000;

/** Asks whoever simulates buyers (`npm start` does) to send some. Only registered with DEV_LOGIN and SIMULATED_BUYERS_URL. */
export async function simulatedBuyerRoutes(app: App, { parts, url }: { parts: GatewayParts; url: string }): Promise<void> {
  app.addHook('onRequest', requireAdmin(parts.config.adminToken));

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
      await findSale(parts, request.body.saleId);
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request.body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).catch(() => undefined);
      if (answer?.ok !== true) throw new Problem('UNAVAILABLE', 'Nobody simulates buyers at the moment.');
      reply.statusCode = 202;
      return { buyers: request.body.buyers };
    },
  );
}
