import { calls, JobArguments, JobId, RepairReport } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { jobResponses, preferHeaders, replyWithJob } from './job-reply.ts';
import { type AdminParts, knownSale, ofSale, operatorCall } from './operator-call.ts';

export async function repairRoutes(app: App, { nats }: AdminParts): Promise<void> {
  app.post(
    '/api/admin/sales/:saleId/repairs',
    {
      schema: {
        ...operatorCall,
        summary: 'Audit a sale, repair what has exactly one right answer, and audit again',
        description: 'May be repeated. While a repair of the sale runs, a second call joins it.',
        params: ofSale,
        headers: preferHeaders,
        body: Type.Union([Type.Object(JobArguments.properties, { additionalProperties: false }), Type.Null()]),
        response: {
          ...jobResponses(RepairReport),
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE'),
        },
      },
    },
    async (request, reply) =>
      replyWithJob(reply, nats, { kind: 'repair', ...knownSale(request.params), arguments: request.body ?? {} }),
  );

  app.get(
    '/api/admin/sales/:saleId/repairs',
    {
      schema: {
        ...operatorCall,
        summary: 'List the last repairs of a sale, newest first',
        params: ofSale,
        querystring: Type.Object(pageQuery(JobId), { additionalProperties: false }),
        response: {
          200: calls.listJobs.reply,
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE'),
        },
      },
    },
    async (request) => nats.ask(calls.listJobs, { ...knownSale(request.params), kind: 'repair', ...pageOf(request.query) }),
  );
}
