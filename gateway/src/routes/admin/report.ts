import { SaleReport } from 'seckill-core';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { jobResponses, preferHeaders, replyWithJob } from './job-reply.ts';
import { type AdminParts, knownSale, ofSale, operatorCall } from './operator-call.ts';

export async function reportRoute(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/sales/:saleId/report',
    {
      schema: {
        ...operatorCall,
        summary: 'Report the result of a sale',
        params: ofSale,
        headers: preferHeaders,
        response: { ...jobResponses(SaleReport), ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request, reply) => replyWithJob(reply, nats, { kind: 'report', ...knownSale(request.params) }),
  );
}
