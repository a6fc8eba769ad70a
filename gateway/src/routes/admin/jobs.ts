import { calls, isUuid, Job, JobId, Problem, SaleId } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

/** Audits, reports and repairs that take longer than their callers wait. */
export async function jobRoutes(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/jobs',
    {
      schema: {
        ...operatorCall,
        summary: 'List audits, reports and repairs, newest first',
        description: 'Without results. The newest hundred of each sale and kind are kept for seven days.',
        querystring: Type.Object({ saleId: Type.Optional(SaleId), ...pageQuery(JobId) }, { additionalProperties: false }),
        response: { 200: calls.listJobs.reply, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    async ({ query: { saleId, ...page } }) =>
      nats.ask(calls.listJobs, { ...(saleId === undefined ? {} : { saleId }), ...pageOf(page) }),
  );

  app.get(
    '/api/admin/jobs/:jobId',
    {
      schema: {
        ...operatorCall,
        summary: 'Read the state and progress of a job, and its result once it is DONE',
        params: Type.Object({ jobId: Type.String() }),
        response: { 200: Job, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async ({ params: { jobId } }) => {
      if (!isUuid(jobId)) throw new Problem('NOT_FOUND');
      return nats.ask(calls.getJob, { jobId });
    },
  );
}
