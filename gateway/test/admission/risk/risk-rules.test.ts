import { challengeGrade, type KnownEntry, NO_RISK, type RiskRule, slowGrade } from 'seckill-core';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RiskClaims } from '../../../src/admission/risk/risk-claims.ts';
import { BLOCK } from '../../../src/admission/risk/risk-plan.ts';
import { ALLOW, RiskRules } from '../../../src/admission/risk/risk-rules.ts';
import { ItemMemory } from '../../../src/catalogue/item-memory.ts';
import { saleSettings } from '../../support/sales.ts';

const sale = saleSettings();
const item = new ItemMemory(sale, sale.items[0] as (typeof sale.items)[0]);
const other = new ItemMemory(saleSettings(), sale.items[0] as (typeof sale.items)[0]);
const DAY_MS = 86_400_000;

let rules: RiskRules;
let now: number;
beforeEach(() => {
  rules = new RiskRules('X-ASN');
  now = 1_000_000;
});

const rule = (when: RiskRule['when'], action: RiskRule['action'] = 'block', more: Partial<RiskRule> = {}): RiskRule => ({
  ruleId: `rule-${action}`,
  name: 'A rule',
  enabled: true,
  action,
  when,
  ...more,
});

function use(list: RiskRule[], entries: KnownEntry[] = [], time = 0): void {
  rules.use({ version: rules.version + 1, rules: list, entries }, time);
}

interface Who {
  user?: string;
  address?: string;
  device?: string;
  asn?: string;
  at?: ItemMemory;
}

function request({ user = 'ann', address = '203.0.113.7', device, asn, at = item }: Who = {}) {
  const headers = { 'x-forwarded-for': address, ...(device && { 'x-device-id': device }), ...(asn && { 'x-asn': asn }) };
  return { item: at, userId: user, from: { headers, socket: { remoteAddress: '127.0.0.1' } }, now };
}

const tryOf = (who?: Who) => rules.judgeTry(request(who));
const tokenOf = (who?: Who, claims?: RiskClaims, score = claims?.score) =>
  rules.judgeToken(request(who), { claims, score, time: 100 * DAY_MS });

describe('lists', () => {
  const entry = (list: string, kind: KnownEntry['kind'], value: string, more: Partial<KnownEntry> = {}): KnownEntry => ({
    list,
    kind,
    value,
    ...more,
  });

  test.each<[KnownEntry['kind'], string, Who]>([
    ['user', 'ann', {}],
    ['address', '203.0.113.7', {}],
    ['subnet', '203.0.113.0/24', {}],
    ['subnet', '0.0.0.0/0', {}],
    ['address', '2001:db8:0:0', { address: '2001:db8::99' }],
    ['subnet', '2001:db8::/32', { address: '2001:db8:7::1' }],
    ['device', 'd1', { device: 'd1' }],
    ['asn', '64500', { asn: 'AS64500' }],
  ])('deny by %s %s blocks, and allow beats it', (kind, value, who) => {
    const stranger = { user: 'bob', address: '198.51.100.1', device: 'd2', asn: '64501' };
    use([], [entry('deny', kind, value)]);
    expect([tryOf(who), tokenOf(who)]).toEqual([BLOCK, BLOCK]);
    if (value !== '0.0.0.0/0') expect([tryOf(stranger), tokenOf(stranger)]).toEqual([NO_RISK, NO_RISK]);
    use([rule({ device: 'given' }), rule({ device: 'missing' })], [entry('deny', kind, value), entry('allow', kind, value)]);
    expect([tryOf(who), tokenOf(who)]).toEqual([ALLOW, ALLOW]);
  });

  test('an entry for one sale counts in that sale alone', () => {
    use(
      [],
      [entry('deny', 'user', 'ann', { saleId: sale.saleId }), entry('deny', 'subnet', '10.0.0.0/8', { saleId: sale.saleId })],
    );
    expect([tryOf(), tryOf({ at: other })]).toEqual([BLOCK, NO_RISK]);
    expect([tryOf({ user: 'b', address: '10.9.8.7' }), tryOf({ user: 'b', address: '10.9.8.7', at: other })]).toEqual([
      BLOCK,
      NO_RISK,
    ]);
  });

  test('an entry expires without any news', () => {
    use([], [entry('deny', 'user', 'ann', { expiresAt: 5_000 }), entry('deny', 'user', 'bob', { expiresAt: 9_000 })]);
    rules.expire(4_999);
    expect(tryOf()).toBe(BLOCK);
    rules.expire(5_000);
    expect([tryOf(), tryOf({ user: 'bob' })]).toEqual([NO_RISK, BLOCK]);
    rules.expire(9_000);
    expect(rules.isOn).toBe(false);
  });

  test('a named list does nothing until a rule names it', () => {
    use([], [entry('resellers', 'user', 'ann')]);
    expect([tryOf(), rules.isOn]).toEqual([NO_RISK, false]);
    use([rule({ inList: ['resellers'] }, 'challenge', { difficulty: 3 })], [entry('resellers', 'user', 'ann')]);
    expect([tryOf(), tryOf({ user: 'bob' })]).toEqual([challengeGrade(3), NO_RISK]);
  });
});

describe('velocity', () => {
  test.each<[NonNullable<RiskRule['when']['velocity']>['of'], Who, Who]>([
    ['user', { address: '198.51.100.1' }, { user: 'bob' }],
    ['address', { user: 'bob' }, { address: '203.0.113.8' }],
    ['subnet', { user: 'bob', address: '203.0.113.250' }, { address: '203.0.114.7' }],
    ['device', { user: 'bob', device: 'd1', address: '198.51.100.1' }, { device: 'd2' }],
  ])('of one %s', (of, same, different) => {
    use([rule({ velocity: { of, what: 'tries', moreThan: 3, inSeconds: 10 } })]);
    const first = { device: 'd1' };
    expect([tryOf(first), tryOf(same), tryOf(first)]).toEqual([NO_RISK, NO_RISK, NO_RISK]);
    expect(tryOf(same)).toBe(BLOCK);
    expect(tryOf({ ...first, ...different })).toBe(NO_RISK);
    now += 20_000;
    expect(tryOf(same)).toBe(NO_RISK);
  });

  test('tries and tokens are counted apart, and each stage sees both', () => {
    use([rule({ velocity: { of: 'user', what: 'tokens', moreThan: 2, inSeconds: 10 } })]);
    for (let i = 0; i < 10; i += 1) expect(tryOf()).toBe(NO_RISK);
    expect([tokenOf(), tokenOf(), tokenOf()]).toEqual([NO_RISK, NO_RISK, BLOCK]);
    expect(tryOf()).toBe(BLOCK);
  });

  test('a change of the lists forgets nothing that was counted', () => {
    const fast = rule({ velocity: { of: 'user', what: 'tries', moreThan: 3, inSeconds: 10 } });
    use([fast]);
    for (let i = 0; i < 3; i += 1) tryOf();
    use([fast], [{ list: 'deny', kind: 'user', value: 'bob' }]);
    expect([tryOf(), tryOf({ user: 'bob' })]).toEqual([BLOCK, BLOCK]);
  });
});

test('many users of one subnet are found, and many requests of few users are not', () => {
  use([rule({ distinctUsers: { of: 'subnet', moreThan: 5, inSeconds: 60 } }, 'slow', { delayMs: 5_000 })]);
  for (let i = 0; i < 50; i += 1) expect(tryOf({ user: `user${i % 5}`, address: `203.0.113.${i}` })).toBe(NO_RISK);
  expect(tryOf({ user: 'sixth' })).toBe(slowGrade(5_000));
  expect(tryOf({ user: 'sixth', address: '203.0.114.1' })).toBe(NO_RISK);
});

test('users who join a waiting room count among those of their network', () => {
  use([rule({ distinctUsers: { of: 'subnet', moreThan: 2, inSeconds: 60 } }, 'slow', { delayMs: 5_000 })]);
  for (const user of ['bob', 'cid', 'ann', 'ann']) rules.noteJoin(request({ user }), undefined);
  expect(tokenOf()).toBe(slowGrade(5_000));
  expect(tokenOf({ user: 'eve', address: '198.51.100.1' })).toBe(NO_RISK);
});

describe('claims', () => {
  test('a young account', () => {
    use([rule({ accountAge: { lessThanSeconds: 7 * 86_400 } })]);
    const born = (days: number) => tokenOf({}, { createdAt: days * DAY_MS });
    expect([born(99), born(93.01), born(93), born(1), tokenOf()]).toEqual([BLOCK, BLOCK, NO_RISK, NO_RISK, NO_RISK]);
    // Only the access token tells: what it told travels in the purchase token.
    expect(tryOf()).toBe(NO_RISK);
  });

  test('a level, or the lack of one', () => {
    use([rule({ level: { in: ['new', 'guest'] } })]);
    expect([['guest'], ['gold', 'new'], ['gold'], undefined].map((levels) => tokenOf({}, levels && { levels }))).toEqual([
      BLOCK,
      BLOCK,
      NO_RISK,
      NO_RISK,
    ]);
    use([rule({ level: { notIn: ['gold'] } })]);
    expect([tokenOf({}, { levels: ['gold'] }), tokenOf({}, { levels: ['new'] }), tokenOf()]).toEqual([NO_RISK, BLOCK, BLOCK]);
  });

  test('a score', () => {
    use([rule({ score: { atLeast: 80 } })]);
    expect([tokenOf({}, { score: 80 }), tokenOf({}, { score: 79 }), tokenOf({}, undefined, 99), tokenOf()]).toEqual([
      BLOCK,
      NO_RISK,
      BLOCK,
      NO_RISK,
    ]);
  });

  test('a device', () => {
    use([rule({ device: 'missing' })]);
    expect([tryOf(), tryOf({ device: 'd1' }), tryOf({ device: 'not a device' })]).toEqual([BLOCK, NO_RISK, BLOCK]);
    expect(tokenOf({}, { device: 'd1' })).toBe(NO_RISK);
  });
});

describe('rules together', () => {
  const always: RiskRule['when'] = { device: 'missing' };

  test('the strictest one that holds wins, and one that observes does nothing but count', () => {
    use([rule(always, 'observe'), rule(always, 'challenge', { difficulty: 2 }), rule(always, 'slow')]);
    expect(tryOf()).toBe(challengeGrade(2));
    use([rule(always, 'observe')]);
    expect(tryOf()).toBe(NO_RISK);
    expect([...rules.verdicts.all()].map(({ action, requests, users }) => [action, requests, users])).toEqual([
      ['observe', 2, 1],
      ['challenge', 1, 1],
      ['slow', 1, 1],
    ]);
  });

  test('all conditions of a rule must hold', () => {
    use([
      rule({
        ...always,
        saleIds: [sale.saleId],
        itemIds: [item.itemId],
        velocity: { of: 'user', what: 'tries', moreThan: 1, inSeconds: 9 },
      }),
    ]);
    expect([tryOf(), tryOf(), tryOf({ at: other }), tryOf({ device: 'd1' })]).toEqual([NO_RISK, BLOCK, NO_RISK, NO_RISK]);
  });

  test('a rule that is off costs and does nothing', () => {
    use([rule(always, 'block', { enabled: false })]);
    expect([tryOf(), rules.isOn]).toEqual([NO_RISK, false]);
  });
});

test('a sample says who was found where, and why', () => {
  use([
    rule({
      velocity: { of: 'address', what: 'tries', moreThan: 1, inSeconds: 10 },
      distinctUsers: { of: 'address', moreThan: 1, inSeconds: 10 },
    }),
  ]);
  for (const user of ['ann', 'bob']) tryOf({ user, device: 'd1' });
  expect(rules.verdicts.takeSamples()).toEqual([
    {
      at: expect.any(Number),
      ruleId: 'rule-block',
      action: 'block',
      stage: 'try',
      userId: 'bob',
      address: '203.0.113.7',
      device: 'd1',
      saleId: sale.saleId,
      itemId: item.itemId,
      reason: '2 tries of this address in 10 s, more than 1; 2 users of this address in 10 s, more than 1',
    },
  ]);
  for (let i = 0; i < 100; i += 1) tryOf();
  expect(rules.verdicts.takeSamples()).toHaveLength(4);
});

test('an address is not believed if no proxy of ours has written it', () => {
  use([], [{ list: 'deny', kind: 'address', value: '203.0.113.7' }]);
  const from = { headers: { 'x-forwarded-for': '203.0.113.7' }, socket: { remoteAddress: '198.51.100.9' } };
  expect(rules.judgeTry({ item, userId: 'ann', from, now })).toBe(NO_RISK);
  const spoofed = { headers: { 'x-forwarded-for': '203.0.113.7, 198.51.100.9' }, socket: { remoteAddress: '10.0.0.1' } };
  expect(rules.judgeTry({ item, userId: 'ann', from: spoofed, now })).toBe(NO_RISK);
});
