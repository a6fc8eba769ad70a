import { type Static, Type } from 'typebox';
import { ItemId, SaleId, Text } from '../fields.ts';
import { DIFFICULTIES, SLOW_STEPS_MS } from './risk-grade.ts';
import { ListName } from './risk-lists.ts';

const MOST_RULES = 50;
const LONGEST_WINDOW_SECONDS = 3_600;
const LONGEST_DELAY_MS = SLOW_STEPS_MS.at(-1) ?? 0;

/** What a rule does, the mildest first. `observe` only counts what the rule would have found. */
export const RISK_ACTIONS = ['observe', 'slow', 'challenge', 'block'] as const;
export const RiskAction = Type.Enum([...RISK_ACTIONS]);
export type RiskAction = (typeof RISK_ACTIONS)[number];

const Subject = Type.Enum(['user', 'address', 'subnet', 'device']);
const Shared = Type.Enum(['address', 'subnet', 'device']);
const Seconds = Type.Integer({ minimum: 1, maximum: LONGEST_WINDOW_SECONDS });
const Values = Type.Array(Text(1, 100), { minItems: 1, maxItems: 100 });
const strict = { additionalProperties: false };

/** When a rule holds: if each of its conditions does. A condition on something that is not known does not hold. */
const RiskConditions = Type.Object(
  {
    saleIds: Type.Optional(Type.Array(SaleId, { minItems: 1, maxItems: 100 })),
    itemIds: Type.Optional(Type.Array(ItemId, { minItems: 1, maxItems: 100 })),
    inList: Type.Optional(
      Type.Array(ListName, { minItems: 1, maxItems: 20, description: 'the request is in at least one of these lists' }),
    ),
    velocity: Type.Optional(
      Type.Object(
        {
          of: Subject,
          what: Type.Union([Type.Literal('tries'), Type.Literal('tokens')], {
            description: 'calls of POST /api/reservations, or requests for purchase tokens',
          }),
          moreThan: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
          inSeconds: Seconds,
        },
        strict,
      ),
    ),
    distinctUsers: Type.Optional(
      Type.Object({ of: Shared, moreThan: Type.Integer({ minimum: 1, maximum: 1_000 }), inSeconds: Seconds }, strict),
    ),
    accountAge: Type.Optional(Type.Object({ lessThanSeconds: Type.Integer({ minimum: 1, maximum: 10 * 365 * 86_400 }) }, strict)),
    level: Type.Optional(
      Type.Object({ in: Type.Optional(Values), notIn: Type.Optional(Values) }, { ...strict, minProperties: 1 }),
    ),
    score: Type.Optional(Type.Object({ atLeast: Type.Number() }, strict)),
    device: Type.Optional(Type.Union([Type.Literal('missing'), Type.Literal('given')])),
  },
  { ...strict, minProperties: 1 },
);

export const RiskRule = Type.Object(
  {
    ruleId: Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'lower-case letters, digits and dashes' }),
    name: Text(1, 100),
    enabled: Type.Boolean(),
    action: RiskAction,
    delayMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LONGEST_DELAY_MS,
        description: 'of `slow`; default 2000. Counts as the next longer step',
      }),
    ),
    difficulty: Type.Optional(Type.Enum([...DIFFICULTIES], { description: 'of `challenge`; default 1' })),
    when: RiskConditions,
  },
  strict,
);
export type RiskRule = Static<typeof RiskRule>;
export const RiskRules = Type.Array(RiskRule, { maxItems: MOST_RULES });

/** Returns what is wrong with rules that fit the schema, as a sentence that begins with the field; undefined if nothing is. */
export function faultOfRules(rules: readonly RiskRule[]): string | undefined {
  const seen = new Set<string>();
  for (const [i, { ruleId, action, delayMs, difficulty }] of rules.entries()) {
    if (seen.has(ruleId)) return `rules.${i}.ruleId "${ruleId}" is used by another rule. Give each rule its own id.`;
    seen.add(ruleId);
    if (delayMs !== undefined && action !== 'slow' && action !== 'observe') return onlyFor(i, 'delayMs', 'slow', action);
    if (difficulty !== undefined && action !== 'challenge' && action !== 'observe')
      return onlyFor(i, 'difficulty', 'challenge', action);
  }
  return undefined;
}

function onlyFor(i: number, field: string, needed: string, action: string): string {
  return `rules.${i}.${field} is only for the action "${needed}" (or "observe"), but the action is "${action}".`;
}
