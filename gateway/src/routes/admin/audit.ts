import { AuditReport } from 'seckill-core';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { jobResponses, preferHeaders, replyWithJob } from './job-reply.ts';
import { type AdminParts, knownSale, ofSale, operatorCall } from './operator-call.ts';

export async function auditRoute(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/sales/:saleId/audit',
    {
      schema: {
        ...operatorCall,
        summary: 'Check that stock, reservations, orders and money of a sale add up',
        description: 'The job of an audit also has the findings: what differs, what a repair does, and what a person can do.',
        params: ofSale,
        headers: preferHeaders,
        response: { ...jobResponses(AuditReport), ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request, reply) => replyWithJob(reply, nats, { kind: 'audit', ...knownSale(request.params) }),
  );
}
