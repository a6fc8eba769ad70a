import { useTestServers } from 'dev/test';
import { addRiskFindings, calls, newId, type RiskSample } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { answerCalls } from '../support/worker.ts';

const servers = useTestServers();
let on: TestGateways;

const asked: { call: string; request: Record<string, unknown> }[] = [];
const entry = {
  entryId: newId(),
  list: 'allow',
  kind: 'user' as const,
  value: 'ann',
  addedAt: new Date().toISOString(),
  addedBy: 'ada',
};
const rulesView = { version: 3, changedAt: new Date().toISOString(), changedBy: 'ada', rules: [] };

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
  const note =
    <Reply>(call: string, reply: Reply) =>
    async (request: object) => {
      asked.push({ call, request: { ...request } });
      return reply;
    };
  answerCalls(on.nats, calls.getRiskRules, note('getRiskRules', rulesView));
  answerCalls(on.nats, calls.changeRiskRules, note('changeRiskRules', rulesView));
  answerCalls(on.nats, calls.listRiskLists, note('listRiskLists', { lists: [{ list: 'allow', entries: 1 }] }));
  answerCalls(on.nats, calls.listRiskEntries, note('listRiskEntries', { entries: [entry] }));
  answerCalls(on.nats, calls.addRiskEntry, note('addRiskEntry', entry));
  answerCalls(on.nats, calls.removeRiskEntry, note('removeRiskEntry', {}));
  answerCalls(on.nats, calls.listRiskChanges, note('listRiskChanges', { changes: [] }));
  await on.nats.flush();
});
afterAll(() => on?.close());

async function admin(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  asked.length = 0;
  const answer = await on.call(method, `/api/admin/risk${path}`, {
    headers: { authorization: `Bearer ${on.config.adminToken}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { answer, request: asked[0]?.request };
}

const by = { changedBy: 'ada', address: '127.0.0.1' };

test('a change goes to a worker with the name that the operator gives, and the address', async () => {
  const body = { version: 2, rules: [], why: 'a test' };
  const { answer, request } = await admin('PUT', '/rules', body, { 'x-operator': 'ada' });
  expect(answer).toMatchObject({ status: 200, body: rulesView });
  expect(request).toEqual({ ...body, ...by });
  for (const name of ['', 'a\tb', 'x'.repeat(101), '<script>']) {
    const unnamed = await admin('PUT', '/rules', body, { 'x-operator': name });
    expect(unnamed.request).toMatchObject({ changedBy: 'operator' });
  }
});

test.each([
  ['GET', '/rules', undefined, 200, {}],
  ['GET', '/lists', undefined, 200, {}],
  ['GET', '/lists/deny?limit=7', undefined, 200, { list: 'deny', limit: 7 }],
  [
    'POST',
    '/lists/deny',
    { kind: 'user', value: 'eve' },
    201,
    { list: 'deny', kind: 'user', value: 'eve', changedBy: 'operator' },
  ],
  ['DELETE', '/lists/deny', { entryId: entry.entryId }, 200, { list: 'deny', entryId: entry.entryId, changedBy: 'operator' }],
  [
    'POST',
    '/appeals',
    { userId: 'ann', note: 'an office' },
    201,
    { list: 'allow', isAppeal: true, kind: 'user', value: 'ann', note: 'an office' },
  ],
  ['GET', '/changes', undefined, 200, { limit: 50 }],
])('%s /api/admin/risk%s', async (method, path, body, status, request) => {
  const found = await admin(method, path, body);
  expect(found.answer.status).toBe(status);
  expect(found.request).toMatchObject(request);
});

test.each([
  [
    'PUT',
    '/rules',
    { version: 0, rules: [{ ruleId: 'x', name: 'X', enabled: true, action: 'ban', when: { device: 'missing' } }] },
    'action',
  ],
  ['PUT', '/rules', { version: 0, rules: [{ ruleId: 'x', name: 'X', enabled: true, action: 'block', when: {} }] }, 'when'],
  [
    'PUT',
    '/rules',
    { version: 0, rules: [{ ruleId: 'x', name: 'X', enabled: true, action: 'block', when: { speed: 1 } }] },
    'speed',
  ],
  ['POST', '/lists/UPPER', { kind: 'user', value: 'x' }, 'list'],
  ['POST', '/lists/deny', { kind: 'shoe', value: 'x' }, 'kind'],
  ['POST', '/appeals', { userId: 'ann' }, 'note'],
])('%s %s with %j is refused, naming %s', async (method, path, body, field) => {
  const { answer, request } = await admin(method, path, body);
  expect(answer).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  expect(answer.body.detail).toContain(field);
  expect(request).toBeUndefined();
});

test('no one but the operator sees or changes anything', async () => {
  for (const [method, path] of [
    ['GET', 'rules'],
    ['PUT', 'rules'],
    ['GET', 'verdicts'],
    ['GET', 'verdicts.csv'],
    ['POST', 'appeals'],
  ] as const) {
    expect((await on.call(method, `/api/admin/risk/${path}`)).code).toBe('UNAUTHENTICATED');
  }
});

test('verdicts show counts and samples, and the CSV is safe to open in a spreadsheet', async () => {
  const sample: RiskSample = {
    at: 0,
    ruleId: 'fast',
    action: 'slow',
    stage: 'try',
    userId: '=HYPERLINK("http://evil")',
    address: '203.0.113.7',
    saleId: newId(),
    itemId: '00002a',
    reason: '31 tries of this user in 10 s, more than 30',
  };
  const counts = [{ ruleId: 'fast', action: 'slow' as const, requests: 2, users: 1 }];
  for (let i = 0; i < 2; i += 1) await addRiskFindings(on.redis, { counts, samples: [sample] });
  const { answer } = await admin('GET', '/verdicts');
  expect(answer.body).toEqual({ counts: [{ ruleId: 'fast', action: 'slow', requests: 4, users: 2 }], samples: [sample, sample] });
  const csv = await admin('GET', '/verdicts.csv');
  expect(csv.answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const [header, row] = csv.answer.text.split('\r\n');
  expect(header).toBe('at,ruleId,action,stage,userId,address,device,saleId,itemId,reason');
  expect(row).toBe(
    `1970-01-01T00:00:00.000Z,"fast","slow","try","'=HYPERLINK(""http://evil"")","203.0.113.7","","${sample.saleId}","00002a","${sample.reason}"`,
  );
});
