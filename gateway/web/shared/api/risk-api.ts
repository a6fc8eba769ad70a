import type { Answer } from './contract.ts';
import { ask, COMMAND_MS } from './operator-api.ts';

export type RiskRules = Answer<'GET /api/admin/risk/rules'>;
export type RiskVerdicts = Answer<'GET /api/admin/risk/verdicts'>;
export type RiskChange = Answer<'GET /api/admin/risk/changes'>['changes'][number];

export const readRiskRules = () => ask<RiskRules>('/risk/rules');
export const readVerdicts = () => ask<RiskVerdicts>('/risk/verdicts');
export const listRiskLists = () => ask<Answer<'GET /api/admin/risk/lists'>>('/risk/lists');
export const listRiskChanges = () => ask<Answer<'GET /api/admin/risk/changes'>>('/risk/changes?limit=20');
/** Lets a user through, whatever the rules say. */
export const appeal = (userId: string, note: string) =>
  ask<unknown>('/risk/appeals', { method: 'POST', body: { userId, note }, timeoutMs: COMMAND_MS });
