import {
  ALLOW_LIST,
  DENY_LIST,
  NO_RISK,
  NO_RISK_SETTINGS,
  type RiskGrade,
  type RiskSample,
  type RiskSettings,
  type VerdictAction,
} from 'seckill-core';
import type { ItemMemory } from '../../catalogue/item-memory.ts';
import type { Slot } from '../../catalogue/slot-table.ts';
import { TwoGenerations } from '../../catalogue/two-generations.ts';
import { ALLOWED, DENIED, type Lists, listsFor, type Membership } from './list-index.ts';
import { reasonOf } from './reason.ts';
import { type Requester, RequesterReader } from './requester.ts';
import type { RiskClaims, TokenFacts } from './risk-claims.ts';
import { BLOCK, compilePlan, type MeterPlan, type PlannedRule, type RiskPlan } from './risk-plan.ts';
import { type Subject, type SubjectKind, SubjectMemory, UserMemory } from './subjects.ts';
import { Verdicts } from './verdicts.ts';

/** A request whose user and origin are counted. */
interface CountedRequest {
  readonly userId: string;
  readonly from: Requester;
  /** Monotonic, ms. */
  readonly now: number;
}

/** A request that rules judge. */
export interface JudgedRequest extends CountedRequest {
  readonly item: ItemMemory;
}

/** The user passes every rule, and the grade of their token. */
export const ALLOW: RiskGrade = -1;

/** The subjects of the request under judgement. */
export interface Seen {
  user: Slot | undefined;
  address: Subject | undefined;
  subnet: Subject | undefined;
  device: Subject | undefined;
}

/**
 * Judges requests by rules and lists, from memory alone. Counters are this gateway's own: each sees the requests that reach it. One look-up
 * for each kind of subject, then numbers: ten rules take about a microsecond.
 */
export class RiskRules {
  readonly verdicts = new Verdicts();
  readonly #requesters: RequesterReader;
  #plan: RiskPlan = compilePlan(NO_RISK_SETTINGS, 0);
  #settings: RiskSettings = NO_RISK_SETTINGS;
  #subjects = subjectsOf(this.#plan);
  #users = new UserMemory(0);
  /** The rules that have found a user lately. */
  readonly #found = new TwoGenerations<Set<string>>(20_000);
  #serial = 0;
  readonly #seen: Seen = { user: undefined, address: undefined, subnet: undefined, device: undefined };
  #meters = new Float64Array(0);
  #crowds = new Float64Array(0);

  constructor(asnHeader?: string) {
    this.#requesters = new RequesterReader(asnHeader);
  }

  /** False if nothing has to be judged. */
  get isOn(): boolean {
    return this.#plan.isOn;
  }

  get version(): number {
    return this.#settings.version;
  }

  get rules(): number {
    return this.#plan.ofToken.length;
  }

  /** Whether a rule asks for a score. */
  get needsScore(): boolean {
    return this.#plan.needsScore;
  }

  /** Judges by these settings from now on. What was counted stays, unless other things are counted now. `time` is in ms since 1970. */
  use(settings: RiskSettings, time: number): void {
    const plan = compilePlan(settings, time);
    const counts = ({ meters, crowds }: RiskPlan) => JSON.stringify([meters, crowds.map(({ of, windowMs }) => [of, windowMs])]);
    if (counts(plan) !== counts(this.#plan)) {
      this.#subjects = subjectsOf(plan);
      this.#users = new UserMemory(metersOf(plan, 'user'));
    }
    this.#plan = plan;
    this.#settings = settings;
    this.#serial += 1;
    this.#meters = new Float64Array(plan.meters.length);
    this.#crowds = new Float64Array(plan.crowds.length);
  }

  /** Drops entries that have expired at `time`, ms since 1970. */
  expire(time: number): void {
    if (time >= this.#plan.lists.nextExpiry) this.use(this.#settings, time);
  }

  /** Returns the strictest grade of the rules that hold: {@link BLOCK}, {@link ALLOW}, or one that a token can carry. */
  judgeTry(request: JudgedRequest): RiskGrade {
    return this.#judge(request, undefined);
  }

  /** As {@link judgeTry}, for a request for a purchase token. */
  judgeToken(request: JudgedRequest, facts: TokenFacts): RiskGrade {
    return this.#judge(request, facts);
  }

  /** Counts a user who joins a waiting room among the users of their address, subnet and device. Rules judge them when their turn has come. */
  noteJoin(request: CountedRequest, claims: RiskClaims | undefined): void {
    this.#see(request, claims);
    this.#countUsers(request.now);
  }

  addressOf(from: Requester): string {
    return this.#requesters.addressOf(from);
  }

  deviceOf(from: Requester, claims?: RiskClaims): string | undefined {
    return claims?.device ?? this.#requesters.deviceOf(from);
  }

  #judge(request: JudgedRequest, facts: TokenFacts | undefined): RiskGrade {
    const plan = this.#plan;
    const seen = this.#see(request, facts?.claims);
    const lists = this.#listsOf(request, facts);
    if ((lists & ALLOWED) !== 0) {
      this.#note(ALLOW_LIST, 'allow', request, facts, undefined);
      return ALLOW;
    }
    this.#countEvents(request.now, facts === undefined ? 'tries' : 'tokens');
    this.#countUsers(request.now);
    let grade = NO_RISK;
    if ((lists & DENIED) !== 0) {
      this.#note(DENY_LIST, 'block', request, facts, undefined);
      grade = BLOCK;
    }
    for (const rule of facts === undefined ? plan.ofTry : plan.ofToken) {
      if (!this.#holds(rule, request.item, lists, seen, facts)) continue;
      this.#note(rule.ruleId, rule.action, request, facts, rule);
      if (rule.grade > grade) grade = rule.grade;
    }
    return grade;
  }

  #see({ userId, from, now }: CountedRequest, claims: RiskClaims | undefined): Seen {
    const { needs } = this.#plan;
    const subjects = this.#subjects;
    const seen = this.#seen;
    seen.user = needs.user ? this.#users.find(userId, now) : undefined;
    seen.address = needs.address ? subjects.of('address', this.addressOf(from)) : undefined;
    seen.subnet = needs.subnet && seen.address?.subnet !== undefined ? subjects.of('subnet', seen.address.subnet) : undefined;
    const device = needs.device ? this.deviceOf(from, claims) : undefined;
    seen.device = device === undefined ? undefined : subjects.of('device', device);
    return seen;
  }

  #listsOf({ item, userId, from }: JudgedRequest, facts: TokenFacts | undefined): Lists {
    const { address, device } = this.#seen;
    const { lists: index } = this.#plan;
    const { saleId } = item.sale;
    let lists = 0;
    if (index.has('user')) lists |= listsFor(index.of('user', userId), saleId);
    if (address !== undefined) lists |= listsFor(this.#listed('address', address), saleId);
    if (device !== undefined) lists |= listsFor(this.#listed('device', device), saleId);
    if (index.has('asn')) {
      const asn = facts?.claims?.asn ?? this.#requesters.asnOf(from);
      if (asn !== undefined) lists |= listsFor(index.of('asn', asn), saleId);
    }
    return lists;
  }

  /** Looks up the lists of a subject once for each version of the lists. */
  #listed(kind: 'address' | 'device', subject: Subject): Readonly<Membership> {
    if (subject.listedIn === this.#serial) return subject.lists;
    const { lists } = this.#plan;
    subject.listedIn = this.#serial;
    subject.lists = kind === 'address' ? lists.ofAddress(subject.key, subject.address) : lists.of(kind, subject.key);
    return subject.lists;
  }

  #countEvents(now: number, what: 'tries' | 'tokens'): void {
    const { meters } = this.#plan;
    for (let i = 0; i < meters.length; i += 1) {
      const plan = meters[i];
      this.#meters[i] = plan === undefined ? 0 : this.#countBy(plan, now, plan.what === what ? 1 : 0);
    }
  }

  /** Counts the user among those of their address, subnet and device. */
  #countUsers(now: number): void {
    const { crowds } = this.#plan;
    const seen = this.#seen;
    for (let i = 0; i < crowds.length; i += 1) {
      const plan = crowds[i];
      const crowd = plan === undefined || plan.of === 'user' ? undefined : seen[plan.of]?.crowd(plan.slot, this.#subjects.pairs);
      if (plan === undefined || crowd === undefined || seen.user === undefined) this.#crowds[i] = 0;
      else this.#crowds[i] = crowd.add(this.#users.numberOf(seen.user), now, plan);
    }
  }

  #countBy({ of, slot, windowMs }: MeterPlan, now: number, events: number): number {
    if (of !== 'user') return this.#seen[of]?.count(slot, now, windowMs, events) ?? 0;
    const { user } = this.#seen;
    return user === undefined ? 0 : this.#users.count(user, slot, now, windowMs, events);
  }

  #holds(rule: PlannedRule, item: ItemMemory, lists: Lists, seen: Seen, facts: TokenFacts | undefined): boolean {
    if (rule.sales !== undefined && !rule.sales.has(item.sale.saleId)) return false;
    if (rule.items !== undefined && !rule.items.has(item.itemId)) return false;
    if (rule.lists !== undefined && (lists & rule.lists) === 0) return false;
    if (rule.meter !== undefined && (this.#meters[rule.meter.index] ?? 0) <= rule.meter.moreThan) return false;
    if (rule.crowd !== undefined && (this.#crowds[rule.crowd.index] ?? 0) <= rule.crowd.moreThan) return false;
    if (rule.device !== undefined && (rule.device === 'missing') !== (seen.device === undefined)) return false;
    return rule.claims === undefined || (facts !== undefined && claimsHold(rule.claims, facts));
  }

  #note(
    ruleId: string,
    action: VerdictAction,
    { item, userId, from, now }: JudgedRequest,
    facts: TokenFacts | undefined,
    rule: PlannedRule | undefined,
  ): void {
    const found = this.#found.get(userId) ?? new Set();
    const isNew = !found.has(ruleId);
    if (isNew) this.#found.set(userId, found.add(ruleId));
    this.verdicts.note(ruleId, action, isNew, now, (): RiskSample => {
      const device = this.deviceOf(from, facts?.claims);
      return {
        at: Date.now(),
        ruleId,
        action,
        stage: facts === undefined ? 'try' : 'token',
        userId,
        address: this.addressOf(from),
        ...(device === undefined ? {} : { device }),
        saleId: item.sale.saleId,
        itemId: item.itemId,
        reason: reasonOf(ruleId, rule, { plan: this.#plan, meters: this.#meters, crowds: this.#crowds, facts }),
      };
    });
  }
}

const metersOf = ({ meters }: RiskPlan, kind: SubjectKind): number => meters.filter(({ of }) => of === kind).length;

function subjectsOf(plan: RiskPlan): SubjectMemory {
  return new SubjectMemory({
    address: metersOf(plan, 'address'),
    subnet: metersOf(plan, 'subnet'),
    device: metersOf(plan, 'device'),
  });
}

function claimsHold(
  { accountAge, level, score }: NonNullable<PlannedRule['claims']>,
  { claims, score: given, time }: TokenFacts,
): boolean {
  if (accountAge !== undefined) {
    const createdAt = claims?.createdAt;
    if (createdAt === undefined || time - createdAt >= accountAge.lessThanSeconds * 1_000) return false;
  }
  const levels = claims?.levels ?? [];
  if (level?.in !== undefined && !levels.some((each) => level.in?.includes(each))) return false;
  if (level?.notIn !== undefined && levels.some((each) => level.notIn?.includes(each))) return false;
  return score === undefined || (given !== undefined && given >= score.atLeast);
}
