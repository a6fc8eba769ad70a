import { type Static, Type } from 'typebox';
import { KnownEntry } from './risk-lists.ts';
import { RiskRules } from './risk-rules.ts';

/** All that gateways need of risk control. It lives in Redis and in every gateway's memory. */
export const RiskSettings = Type.Object({
  /** Grows with every change of rules or lists; a lower one never replaces a higher one. */
  version: Type.Integer({ minimum: 0 }),
  rules: RiskRules,
  entries: Type.Array(KnownEntry),
});
export type RiskSettings = Static<typeof RiskSettings>;

export const NO_RISK_SETTINGS: RiskSettings = { version: 0, rules: [], entries: [] };
