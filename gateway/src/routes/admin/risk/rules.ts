import { ChangeRules, calls, RiskRulesView } from 'seckill-core';
import type { RiskMemory } from '../../../admission/risk/risk-memory.ts';
import type { App } from '../../../http/app-type.ts';
import { problems } from '../../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from '../operator-call.ts';
import { changerOf } from './operator.ts';

const BODY_LIMIT = 256 * 1_024;

export interface RiskRouteParts extends AdminParts {
  riskMemory: RiskMemory;
}

/** Returns a function that waits until this gateway has a change in memory as well. */
export const changeInForce =
  (riskMemory: RiskMemory) =>
  async <Result>(change: Promise<Result>): Promise<Result> => {
    const result = await change;
    // While Redis is away, the worker writes the change later.
    await riskMemory.refresh().catch(() => undefined);
    return result;
  };

/** The rules of risk control. A change is in force on this gateway before the answer, on the others within a second. */
export async function riskRuleRoutes(app: App, { nats, riskMemory }: RiskRouteParts): Promise<void> {
  app.get(
    '/api/admin/risk/rules',
    {
      schema: {
        ...operatorCall,
        summary: 'Read the rules of risk control',
        response: { 200: RiskRulesView, ...problems('UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    () => nats.ask(calls.getRiskRules, {}),
  );

  app.put(
    '/api/admin/risk/rules',
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        ...operatorCall,
        summary: 'Replace the rules of risk control',
        description: 'Give your name in `X-Operator`: it is kept with the change.',
        body: ChangeRules,
        response: { 200: RiskRulesView, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'VERSION_CONFLICT', 'UNAVAILABLE') },
      },
    },
    (request) => changeInForce(riskMemory)(nats.ask(calls.changeRiskRules, { ...request.body, ...changerOf(request) })),
  );
}
