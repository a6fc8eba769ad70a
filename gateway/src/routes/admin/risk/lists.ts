import { calls, EntryCursor, ListName, NewEntry, RemoveEntry, RiskEntry } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../../http/app-type.ts';
import { pageOf, pageQuery } from '../../../http/page-query.ts';
import { problems } from '../../../http/problem-responses.ts';
import { operatorCall } from '../operator-call.ts';
import { changerOf } from './operator.ts';
import { changeInForce, type RiskRouteParts } from './rules.ts';

const ofList = Type.Object({ list: ListName });
const refusals = problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE');

/** The lists of risk control. */
export async function riskListRoutes(app: App, { nats, riskMemory }: RiskRouteParts): Promise<void> {
  const inForce = changeInForce(riskMemory);

  app.get(
    '/api/admin/risk/lists',
    {
      schema: {
        ...operatorCall,
        summary: 'Show the lists of risk control',
        response: { 200: calls.listRiskLists.reply, ...refusals },
      },
    },
    () => nats.ask(calls.listRiskLists, {}),
  );

  app.get(
    '/api/admin/risk/lists/:list',
    {
      schema: {
        ...operatorCall,
        summary: 'Read a list of risk control, the newest entries first',
        params: ofList,
        querystring: Type.Object(pageQuery(EntryCursor), { additionalProperties: false }),
        response: { 200: calls.listRiskEntries.reply, ...refusals },
      },
    },
    ({ params, query }) => nats.ask(calls.listRiskEntries, { ...params, ...pageOf(query) }),
  );

  app.post(
    '/api/admin/risk/lists/:list',
    {
      schema: {
        ...operatorCall,
        summary: 'Add an entry to a list of risk control',
        params: ofList,
        body: NewEntry,
        response: { 201: RiskEntry, ...refusals },
      },
    },
    (request, reply) => {
      reply.statusCode = 201;
      return inForce(nats.ask(calls.addRiskEntry, { ...request.params, ...request.body, ...changerOf(request) }));
    },
  );

  app.delete(
    '/api/admin/risk/lists/:list',
    {
      schema: {
        ...operatorCall,
        summary: 'Remove an entry from a list of risk control',
        params: ofList,
        body: RemoveEntry,
        response: { 200: Type.Object({}), ...refusals },
      },
    },
    (request) => inForce(nats.ask(calls.removeRiskEntry, { ...request.params, ...request.body, ...changerOf(request) })),
  );
}
