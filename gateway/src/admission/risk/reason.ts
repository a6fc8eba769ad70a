import { ALLOW_LIST } from 'seckill-core';
import type { TokenFacts } from './risk-claims.ts';
import type { PlannedRule, RiskPlan } from './risk-plan.ts';

/** What was counted for the request. */
interface Counted {
  readonly plan: RiskPlan;
  readonly meters: ArrayLike<number>;
  readonly crowds: ArrayLike<number>;
  readonly facts: TokenFacts | undefined;
}

/** Says why a rule, or a built-in list if `rule` is undefined, has found a request. */
export function reasonOf(ruleId: string, rule: PlannedRule | undefined, { plan, meters, crowds, facts }: Counted): string {
  if (rule === undefined) return ruleId === ALLOW_LIST ? 'in the list "allow"' : 'in the list "deny"';
  const reasons: string[] = [];
  if (rule.lists !== undefined) reasons.push('in a list that the rule names');
  if (rule.meter !== undefined) {
    const { of, what, windowMs } = plan.meters[rule.meter.index] ?? { of: '', what: '', windowMs: 0 };
    const count = Math.ceil(meters[rule.meter.index] ?? 0);
    reasons.push(`${count} ${what} of this ${of} in ${windowMs / 1_000} s, more than ${rule.meter.moreThan}`);
  }
  if (rule.crowd !== undefined) {
    const { of, windowMs } = plan.crowds[rule.crowd.index] ?? { of: '', windowMs: 0 };
    const count = Math.ceil(crowds[rule.crowd.index] ?? 0);
    reasons.push(`${count} users of this ${of} in ${windowMs / 1_000} s, more than ${rule.crowd.moreThan}`);
  }
  if (rule.device !== undefined) reasons.push(rule.device === 'missing' ? 'no device id' : 'a device id');
  if (rule.claims?.accountAge !== undefined && facts?.claims?.createdAt !== undefined) {
    const seconds = Math.floor((facts.time - facts.claims.createdAt) / 1_000);
    reasons.push(`the account is ${seconds} s old, less than ${rule.claims.accountAge.lessThanSeconds} s`);
  }
  if (rule.claims?.level !== undefined) reasons.push(`the level is ${facts?.claims?.levels?.join(', ') ?? 'not known'}`);
  if (rule.claims?.score !== undefined) reasons.push(`the score is ${facts?.score}, at least ${rule.claims.score.atLeast}`);
  return reasons.length === 0 ? 'in a sale or item of the rule' : reasons.join('; ');
}
