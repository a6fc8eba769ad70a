import { calls, RefundId } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

export async function refusedRefundsRoute(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/refused-refunds',
    {
      schema: {
        ...operatorCall,
        summary: 'List the refunds that payment providers have refused, newest first',
        description: 'Without those that another refund has replaced.',
        querystring: Type.Object(pageQuery(RefundId), { additionalProperties: false }),
        response: {
          200: calls.listRefusedRefunds.reply,
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE'),
        },
      },
    },
    async (request) => nats.ask(calls.listRefusedRefunds, pageOf(request.query)),
  );
}
