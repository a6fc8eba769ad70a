import { ALLOW_LIST, Appeal, ChangeCursor, calls, RiskEntry } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../../http/app-type.ts';
import { pageOf, pageQuery } from '../../../http/page-query.ts';
import { problems } from '../../../http/problem-responses.ts';
import { operatorCall } from '../operator-call.ts';
import { changerOf } from './operator.ts';
import { changeInForce, type RiskRouteParts } from './rules.ts';

const refusals = problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE');

/** Appeals of users, and who changed what. */
export async function riskAppealRoutes(app: App, { nats, riskMemory }: RiskRouteParts): Promise<void> {
  const inForce = changeInForce(riskMemory);

  app.post(
    '/api/admin/risk/appeals',
    {
      schema: {
        ...operatorCall,
        summary: 'Let a user through, whatever the rules say',
        body: Appeal,
        response: { 201: RiskEntry, ...refusals },
      },
    },
    (request, reply) => {
      const { userId: value, ...rest } = request.body;
      reply.statusCode = 201;
      const entry = { list: ALLOW_LIST, isAppeal: true, kind: 'user' as const, value, ...rest };
      return inForce(nats.ask(calls.addRiskEntry, { ...entry, ...changerOf(request) }));
    },
  );

  app.get(
    '/api/admin/risk/changes',
    {
      schema: {
        ...operatorCall,
        summary: 'Show who changed rules and lists, the newest first',
        querystring: Type.Object(pageQuery(ChangeCursor), { additionalProperties: false }),
        response: { 200: calls.listRiskChanges.reply, ...refusals },
      },
    },
    ({ query }) => nats.ask(calls.listRiskChanges, pageOf(query)),
  );
}
