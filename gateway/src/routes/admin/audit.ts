import { AuditReport, calls } from 'seckill-core';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, knownSale, ofSale, operatorCall } from './operator-call.ts';

export async function auditRoute(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/sales/:saleId/audit',
    {
      schema: {
        ...operatorCall,
        summary: 'Check that stock, reservations, orders and money of a sale add up',
        params: ofSale,
        response: { 200: AuditReport, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.auditSale, knownSale(request.params)),
  );
}
