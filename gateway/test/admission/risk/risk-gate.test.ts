import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useTestServers } from 'dev/test';
import { createSigner } from 'fast-jwt';
import {
  broadcast,
  type KnownEntry,
  PurchaseTokens,
  type RiskRule,
  readRiskFindings,
  readRiskVersion,
  riskChanged,
  writeRiskSettings,
} from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../../support/gateways.ts';
import { openSale, type TestSale } from '../../support/sales.ts';
import { solve } from '../../support/solve.ts';

const servers = useTestServers();
let on: TestGateways;
let scorer: Server;
/** What the scorer answers, by user. */
const scores = new Map<string, string>();

beforeAll(async () => {
  scorer = createServer((request, response) => {
    request.on('data', (data) => {
      const { userId } = JSON.parse(String(data));
      const answer = scores.get(userId);
      // No answer for a user without one: the deadline passes.
      if (answer !== undefined) response.setHeader('content-type', 'application/json').end(answer);
    });
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => scorer.once('listening', resolve));
  const { port } = scorer.address() as AddressInfo;
  const env = {
    RISK_CLAIMS: 'level=tier',
    RISK_SCORER_URL: `http://127.0.0.1:${port}/`,
    RISK_SCORER_TIMEOUT_MS: '300',
    RISK_SCORER_DEFAULT: '50',
  };
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, count: 2, env });
});
afterAll(async () => {
  await on?.close();
  scorer.closeAllConnections();
  scorer.close();
});

/** Writes rules as a worker does, without a broadcast. Resolves to their version. */
async function use(rules: Partial<RiskRule>[], entries: KnownEntry[] = []): Promise<number> {
  const version = ((await readRiskVersion(on.redis)) ?? 0) + 1;
  const full = rules.map((rule, i) => ({
    ruleId: `rule-${i}`,
    name: 'A rule',
    enabled: true,
    action: 'block',
    when: {},
    ...rule,
  }));
  await writeRiskSettings(on.redis, { version, rules: full as RiskRule[], entries });
  return version;
}

const used = (version: number) =>
  expect.poll(() => on.gateways.every(({ parts }) => parts.rules.version === version), { timeout: 10_000 }).toBe(true);

interface Person {
  user: string;
  claims?: object;
  address?: string;
  device?: string;
}

const headersOf = ({ user, claims, address = '203.0.113.7', device }: Person) => ({
  authorization: `Bearer ${createSigner({ key: on.config.jwtSecret, algorithm: 'HS256' })({ sub: user, ...claims })}`,
  'x-forwarded-for': address,
  ...(device === undefined ? {} : { 'x-device-id': device }),
});

const askToken = ({ saleId, itemId }: TestSale, person: Person, at = 0) =>
  on.callWhenAwake('POST', `/api/sales/${saleId}/items/${itemId}/purchase-token`, { headers: headersOf(person), on: at });

const buy = (person: Person, body: object, at = 0) =>
  on.callWhenAwake('POST', '/api/reservations', { headers: headersOf(person), body, on: at });

test('a rule is in force on every gateway within a second, with and without the broadcast, and is kept while Redis has lost it', async () => {
  const sale = await openSale(on);
  const since = performance.now();
  const version = await use([], [{ list: 'deny', kind: 'user', value: 'eve' }]);
  broadcast(on.nats, riskChanged, { version });
  await used(version);
  expect(await askToken(sale, { user: 'eve' })).toMatchObject({ status: 403, code: 'BLOCKED' });
  await used(await use([], [{ list: 'deny', kind: 'user', value: 'mallory' }]));
  expect(performance.now() - since).toBeLessThan(20_000);
  expect((await askToken(sale, { user: 'eve' }, 1)).status).toBe(201);
  await on.redis.flushdb();
  for (const { parts } of on.gateways) await parts.riskMemory.refresh();
  expect((await askToken(sale, { user: 'mallory' }, 1)).code).toBe('BLOCKED');
  const added = await on.add();
  expect(added.parts.rules.version).toBe(0);
});

test('a challenged buyer gets a challenge with the token, solves it and wins', async () => {
  await used(await use([{ action: 'challenge', difficulty: 1, when: { level: { in: ['new'] } } }]));
  const sale = await openSale(on);
  const person = { user: 'ann', claims: { tier: 'new' } };
  const { body } = await askToken(sale, person);
  expect(body.challenge).toMatchObject({ parameters: { data: { reservationId: body.reservationId } }, waitSeconds: 10 });
  const { purchaseToken } = body;
  expect((await buy(person, { purchaseToken }, 1)).code).toBe('CHALLENGE_REQUIRED');
  const challengeSolution = await solve(body.challenge);
  expect((await buy(person, { purchaseToken, challengeSolution }, 1)).status).toBe(202);
  expect((await askToken(sale, { user: 'bob', claims: { tier: 'gold' } })).body.challenge).toBeUndefined();
});

test('a buyer who is blocked after they have won keeps their answer, and gets no second unit', async () => {
  const sale = await openSale(on, { limitPerUser: 2 });
  const [first, second] = [await askToken(sale, { user: 'ann' }), await askToken(sale, { user: 'ann' })];
  expect((await buy({ user: 'ann' }, { purchaseToken: first.body.purchaseToken })).status).toBe(202);
  await used(await use([], [{ list: 'deny', kind: 'user', value: 'ann' }]));
  for (const at of [0, 1]) {
    expect((await buy({ user: 'ann' }, { purchaseToken: first.body.purchaseToken }, at)).status).toBe(202);
    expect(await buy({ user: 'ann' }, { purchaseToken: second.body.purchaseToken }, at)).toMatchObject({
      status: 403,
      code: 'BLOCKED',
    });
  }
});

test('a blocked buyer who tries in a loop is answered from memory', async () => {
  const sale = await openSale(on);
  const { body } = await askToken(sale, { user: 'trudy' });
  await used(await use([], [{ list: 'deny', kind: 'user', value: 'trudy' }]));
  const outcomes: string[] = [];
  const socket = { writable: true, remoteAddress: '127.0.0.1' };
  const arrive = () => ({ at: performance.now(), headers: {}, socket });
  const hammer = () => {
    outcomes.length = 0;
    // The answer comes before `reserve` returns if memory knows it.
    for (const { parts } of on.gateways)
      parts.admission.reserve(body.purchaseToken, 1, arrive(), ({ outcome }) => outcomes.push(outcome));
    return [...outcomes];
  };
  expect(hammer()).toEqual([]);
  await expect.poll(hammer).toEqual(on.gateways.map(() => 'BLOCKED'));
});

test('who is allowed passes every rule, and the grade of a token that was given out before', async () => {
  await used(await use([{ action: 'challenge', difficulty: 3, when: { device: 'missing' } }]));
  const sale = await openSale(on);
  const { body } = await askToken(sale, { user: 'ann' });
  expect((await buy({ user: 'ann' }, { purchaseToken: body.purchaseToken })).code).toBe('CHALLENGE_REQUIRED');
  await used(await use([{ action: 'block', when: { device: 'missing' } }], [{ list: 'allow', kind: 'user', value: 'ann' }]));
  expect((await buy({ user: 'ann' }, { purchaseToken: body.purchaseToken })).status).toBe(202);
});

test('a farm is found by the users of its subnet, at the token and at the try, and no one else is', async () => {
  await used(
    await use([{ action: 'slow', delayMs: 60_000, when: { distinctUsers: { of: 'subnet', moreThan: 10, inSeconds: 600 } } }]),
  );
  const sale = await openSale(on, { stock: 100 });
  const farm = Array.from({ length: 30 }, (_, i) => ({ user: `bot${i}`, address: `198.51.100.${i}` }));
  const crowd = Array.from({ length: 30 }, (_, i) => ({ user: `buyer${i}`, address: `192.0.${i}.1` }));
  const outcomes = async (people: Person[]) => {
    const codes: string[] = [];
    for (const person of people) {
      const { body } = await askToken(sale, person);
      codes.push((await buy(person, { purchaseToken: body.purchaseToken })).code);
    }
    return codes;
  };
  expect(new Set((await outcomes(farm)).slice(10))).toEqual(new Set(['RATE_LIMITED']));
  expect(new Set(await outcomes(crowd))).toEqual(new Set(['OK']));
});

test('the scorer is asked once for each user, and a late or a broken answer counts as the default', async () => {
  await used(
    await use([
      { action: 'block', when: { score: { atLeast: 60 } } },
      { ruleId: 'half', action: 'challenge', when: { score: { atLeast: 50 } } },
    ]),
  );
  const sale = await openSale(on);
  for (const [user, answer] of [
    ['low', '{"score": 10}'],
    ['high', '{"score": 70}'],
    ['broken', '{"score": "70"}'],
  ] as const)
    scores.set(user, answer);
  expect((await askToken(sale, { user: 'low' })).body.challenge).toBeUndefined();
  expect((await askToken(sale, { user: 'high' })).code).toBe('BLOCKED');
  for (const user of ['broken', 'silent']) expect((await askToken(sale, { user })).body.challenge).toBeDefined();
  scores.set('low', '{"score": 90}');
  expect((await askToken(sale, { user: 'low' })).status).toBe(201);
  expect((await on.call('GET', '/metrics')).text).toContain('seckill_gateway_risk_scores_missed 2');
  // A claim saves the question.
  expect((await askToken(sale, { user: 'low', claims: { risk_score: 61 } })).code).toBe('BLOCKED');
});

test('findings are counted in the metrics, and stored with samples that carry no token', async () => {
  await used(await use([{ ruleId: 'shadow', action: 'observe', when: { device: 'given' } }]));
  const sale = await openSale(on);
  const person = { user: 'ann', device: 'phone-1' };
  const { body } = await askToken(sale, person);
  await buy(person, { purchaseToken: body.purchaseToken });
  expect((await on.call('GET', '/metrics')).text).toContain('seckill_risk_verdicts_total{rule="shadow",action="observe"} 2');
  const found = async () => (await readRiskFindings(on.redis, 10)).counts.find(({ ruleId }) => ruleId === 'shadow');
  await expect.poll(found, { timeout: 10_000 }).toEqual({ ruleId: 'shadow', action: 'observe', requests: 2, users: 1 });
  const { samples } = await readRiskFindings(on.redis, 100);
  expect(
    samples
      .filter(({ ruleId }) => ruleId === 'shadow')
      .map(({ stage }) => stage)
      .sort(),
  ).toEqual(['token', 'try']);
  expect(JSON.stringify(samples)).not.toContain(body.purchaseToken);
  expect(new PurchaseTokens(on.config.tokenSecret).verify(body.purchaseToken)).toMatchObject({ grade: 0 });
});
