import { calls, SaleReport } from 'seckill-core';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, knownSale, ofSale, operatorCall } from './operator-call.ts';

export async function reportRoute(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/sales/:saleId/report',
    {
      schema: {
        ...operatorCall,
        summary: 'Report the result of a sale',
        params: ofSale,
        response: { 200: SaleReport, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.reportSale, knownSale(request.params)),
  );
}
