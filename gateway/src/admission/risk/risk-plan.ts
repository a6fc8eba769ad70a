import {
  ALLOW_LIST,
  challengeGrade,
  DENY_LIST,
  type EntryKind,
  NO_RISK,
  type RiskAction,
  type RiskGrade,
  type RiskRule,
  type RiskSettings,
  slowGrade,
} from 'seckill-core';
import { ListIndex, type Lists } from './list-index.ts';
import type { SubjectKind } from './subjects.ts';

const DEFAULT_DELAY_MS = 2_000;
/** Stricter than every grade that a token can carry. */
export const BLOCK: RiskGrade = 1_000;

/** Counts one kind of event of one kind of subject in one window. */
export interface MeterPlan {
  readonly of: SubjectKind;
  readonly what: 'tries' | 'tokens';
  readonly windowMs: number;
  /** Its number among those of its kind of subject. */
  readonly slot: number;
}

/** Counts the distinct users of one kind of subject in one window. `most` is the highest number that a rule compares with. */
export interface CrowdPlan {
  readonly of: SubjectKind;
  readonly windowMs: number;
  readonly slot: number;
  most: number;
}

/** A rule with its conditions as numbers. A condition that it lacks is undefined. */
export interface PlannedRule {
  readonly ruleId: string;
  readonly action: RiskAction;
  /** What the rule's action makes of a token; {@link NO_RISK} if it only observes. */
  readonly grade: RiskGrade;
  readonly sales: ReadonlySet<string> | undefined;
  readonly items: ReadonlySet<string> | undefined;
  readonly lists: Lists | undefined;
  readonly meter: { readonly index: number; readonly moreThan: number } | undefined;
  readonly crowd: { readonly index: number; readonly moreThan: number } | undefined;
  readonly device: 'missing' | 'given' | undefined;
  /** Conditions that only a request for a purchase token can meet: they need the access token. */
  readonly claims: Pick<RiskRule['when'], 'accountAge' | 'level' | 'score'> | undefined;
}

/** Rules and lists, compiled for evaluation. */
export interface RiskPlan {
  /** False if there is nothing to evaluate: then a request costs nothing. */
  readonly isOn: boolean;
  readonly version: number;
  readonly lists: ListIndex;
  readonly meters: readonly MeterPlan[];
  readonly crowds: readonly CrowdPlan[];
  /** The kinds of subjects that are looked up. */
  readonly needs: Readonly<Record<SubjectKind, boolean>>;
  readonly ofToken: readonly PlannedRule[];
  /** Without the rules that need the access token: their finding travels in the purchase token. */
  readonly ofTry: readonly PlannedRule[];
  readonly needsScore: boolean;
}

/** Compiles settings as of `time`, ms since 1970. */
export function compilePlan(settings: RiskSettings, time: number): RiskPlan {
  const rules = settings.rules.filter(({ enabled }) => enabled);
  const named = new Set(rules.flatMap(({ when }) => when.inList ?? []));
  for (const builtIn of [ALLOW_LIST, DENY_LIST]) named.delete(builtIn);
  const lists = new ListIndex(settings, [...named], time);
  const meters: MeterPlan[] = [];
  const crowds: CrowdPlan[] = [];
  const planned = rules.map((rule) => planRule(rule, lists, { meters, crowds }));
  const needs = (kind: SubjectKind, ...entries: EntryKind[]) =>
    entries.some((entry) => lists.has(entry)) || [...meters, ...crowds].some((plan) => plan.of === kind);
  const device = rules.some(({ when }) => when.device !== undefined);
  const subnet = needs('subnet');
  return {
    isOn: planned.length > 0 || (['user', 'address', 'subnet', 'device', 'asn'] as const).some((kind) => lists.has(kind)),
    version: settings.version,
    lists,
    meters,
    crowds,
    needs: {
      user: needs('user', 'user') || crowds.length > 0 || planned.length > 0,
      address: needs('address', 'address', 'subnet') || subnet,
      subnet,
      device: needs('device', 'device') || device,
    },
    ofToken: planned,
    ofTry: planned.filter(({ claims }) => claims === undefined),
    needsScore: rules.some(({ when }) => when.score !== undefined),
  };
}

function planRule(
  { ruleId, action, delayMs = DEFAULT_DELAY_MS, difficulty = 1, when }: RiskRule,
  lists: ListIndex,
  plans: { meters: MeterPlan[]; crowds: CrowdPlan[] },
): PlannedRule {
  const { saleIds, itemIds, inList, velocity, distinctUsers, device, accountAge, level, score } = when;
  const grades = { observe: NO_RISK, slow: slowGrade(delayMs), challenge: challengeGrade(difficulty), block: BLOCK };
  const needsClaims = accountAge !== undefined || level !== undefined || score !== undefined;
  return {
    ruleId,
    action,
    grade: grades[action],
    sales: saleIds === undefined ? undefined : new Set(saleIds),
    items: itemIds === undefined ? undefined : new Set(itemIds),
    lists: inList === undefined ? undefined : lists.bitsOf(inList),
    meter: velocity === undefined ? undefined : { index: meterOf(plans.meters, velocity), moreThan: velocity.moreThan },
    crowd:
      distinctUsers === undefined ? undefined : { index: crowdOf(plans.crowds, distinctUsers), moreThan: distinctUsers.moreThan },
    device,
    claims: needsClaims ? { accountAge, level, score } : undefined,
  } as PlannedRule;
}

function meterOf(meters: MeterPlan[], { of, what, inSeconds }: NonNullable<RiskRule['when']['velocity']>): number {
  const windowMs = inSeconds * 1_000;
  const known = meters.findIndex((meter) => meter.of === of && meter.what === what && meter.windowMs === windowMs);
  return known >= 0 ? known : meters.push({ of, what, windowMs, slot: slotOf(meters, of) }) - 1;
}

const slotOf = (plans: readonly { of: SubjectKind }[], kind: SubjectKind) => plans.filter(({ of }) => of === kind).length;

function crowdOf(crowds: CrowdPlan[], { of, inSeconds, moreThan }: NonNullable<RiskRule['when']['distinctUsers']>): number {
  const windowMs = inSeconds * 1_000;
  const known = crowds.findIndex((crowd) => crowd.of === of && crowd.windowMs === windowMs);
  const crowd = crowds[known];
  if (crowd === undefined) return crowds.push({ of, windowMs, most: moreThan, slot: slotOf(crowds, of) }) - 1;
  crowd.most = Math.max(crowd.most, moreThan);
  return known;
}
