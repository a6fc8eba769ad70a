import { type Static, Type } from 'typebox';
import { Count, ItemId, SaleId } from '../fields.ts';
import { RISK_ACTIONS } from './risk-rules.ts';

/** What rules do, and what the allow list does. */
export const VerdictAction = Type.Enum([...RISK_ACTIONS, 'allow']);
export type VerdictAction = Static<typeof VerdictAction>;

/** One finding as an example. It carries no token. */
export const RiskSample = Type.Object({
  at: Type.Integer({ description: "ms since 1970, the gateway's clock" }),
  ruleId: Type.String({ description: 'of the rule; or the list `allow` or `deny`' }),
  action: VerdictAction,
  stage: Type.Union([Type.Literal('token'), Type.Literal('try')], {
    description: 'a request for a purchase token, or a try to buy',
  }),
  userId: Type.String(),
  address: Type.String(),
  device: Type.Optional(Type.String()),
  saleId: SaleId,
  itemId: ItemId,
  reason: Type.String(),
});
export type RiskSample = Static<typeof RiskSample>;

/** What a rule has found, on all gateways. */
export const RiskCount = Type.Object({
  ruleId: Type.String(),
  action: VerdictAction,
  requests: Count,
  users: { ...Count, description: 'each counted once by each gateway, while the gateway remembers them' },
});
export type RiskCount = Static<typeof RiskCount>;
