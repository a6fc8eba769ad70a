import { useTestServers } from 'dev/test';
import { type AuditReport, calls, type ExplainedAudit, type Job, newId, Problem, type RepairReport } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { answerCalls } from '../support/worker.ts';

const servers = useTestServers();
const saleId = newId();
let on: TestGateways;
let admin: Record<string, string>;
/** What the worker of these tests answers. */
let run: () => Job;
let asked: object[];
let listed: object[];

const report: AuditReport = {
  saleId,
  holds: true,
  oversold: 0,
  lost: 0,
  duplicated: 0,
  stockLeft: 10,
  drift: 0,
  checks: [{ name: 'a', holds: true, detail: 'b' }],
};
const explained: ExplainedAudit = { ...report, findings: [{ check: 'a', says: 'A differs.', repair: 'moves A.' }] };
const repair: RepairReport = {
  saleId,
  before: explained,
  repairs: [{ repair: 'sold', says: 'A.', changed: 1, failed: false }],
  after: explained,
};
const job = (more: Partial<Job> = {}): Job => ({
  jobId: newId(),
  kind: 'audit',
  saleId,
  arguments: {},
  state: 'RUNNING',
  progress: { done: 3, total: 15, unit: 'checks' },
  createdAt: '2030-01-01T10:00:00.000Z',
  startedAt: '2030-01-01T10:00:01.000Z',
  ...more,
});
const done = (result: Job['result'], more: Partial<Job> = {}): Job =>
  job({ state: 'DONE', finishedAt: '2030-01-01T10:00:02.000Z', ...(result === undefined ? {} : { result }), ...more });

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
  admin = { authorization: `Bearer ${on.config.adminToken}` };
  ({ asked } = await answerCalls(on.nats, calls.runJob, () => run()));
  ({ asked: listed } = await answerCalls(on.nats, calls.listJobs, () => ({ jobs: [job()], nextCursor: saleId })));
});
afterAll(() => on?.close());

const call = (method: string, path: string, more: Record<string, string> = {}, body?: object) =>
  on.call(method, path, { headers: { ...admin, ...more }, ...(body === undefined ? {} : { body }) });

describe('a job that ends while its caller waits', () => {
  test('answers an audit as always: 200 and the report, without its findings', async () => {
    run = () => done(explained);
    const answer = await call('GET', `/api/admin/sales/${saleId}/audit`);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(JSON.stringify(report));
    expect(answer.headers.get('location')).toBeNull();
  });

  test('answers a repair with its report', async () => {
    run = () => done(repair, { kind: 'repair' });
    const path = `/api/admin/sales/${saleId}/repairs`;
    expect(await call('POST', path)).toMatchObject({ status: 200, body: repair });
    expect(asked.at(-1)).toMatchObject({ kind: 'repair', saleId, arguments: {} });
    expect((await call('POST', path, {}, { restored: true })).status).toBe(200);
    expect(asked.at(-1)).toMatchObject({ arguments: { restored: true } });
    expect(await call('POST', path, {}, { restore: true })).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });

  test('answers with the problem of a job that failed', async () => {
    run = () => done(undefined, { state: 'FAILED', problem: { code: 'UNAVAILABLE', detail: 'Redis was away.' } });
    const answer = await call('GET', `/api/admin/sales/${saleId}/report`);
    expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE', body: { detail: 'Redis was away.' } });
    expect(answer.headers.get('retry-after')).toMatch(/^[12]$/);
  });
});

test.each(['audit', 'report', 'repairs'])('%s: 202 with the job if it takes longer than its caller waits', async (what) => {
  const running = job();
  run = () => running;
  const answer = await call(what === 'repairs' ? 'POST' : 'GET', `/api/admin/sales/${saleId}/${what}`);
  expect(answer).toMatchObject({ status: 202, body: running });
  expect(answer.headers.get('location')).toBe(`/api/admin/jobs/${running.jobId}`);
  expect(answer.headers.get('retry-after')).toBe('1');
});

test.each([
  [undefined, 30_000],
  ['wait=0', 0],
  ['wait=5', 5_000],
  ['respond-async, Wait = "7"', 7_000],
  ['wait=5; x=y', 5_000],
  ['wait=60', 60_000],
  ['wait=61', 60_000],
  ['wait=99999999', 60_000],
  ['wait=-1', 30_000],
  ['wait=x', 30_000],
  ['awaits=3', 30_000],
  ['', 30_000],
])('Prefer: %s makes the worker wait for %d ms', async (prefer, waitMs) => {
  run = () => job();
  await call('GET', `/api/admin/sales/${saleId}/audit`, prefer === undefined ? {} : { prefer });
  expect(asked.at(-1)).toMatchObject({ kind: 'audit', saleId, waitMs });
});

test('a job is read with its progress, and its result when it is done', async () => {
  const jobs = new Map<string, Job>([job(), done(explained), done(repair, { kind: 'repair' })].map((each) => [each.jobId, each]));
  const { stop } = await answerCalls(on.nats, calls.getJob, ({ jobId }) => {
    const found = jobs.get(jobId);
    if (found === undefined) throw new Problem('NOT_FOUND', `There is no job ${jobId}.`);
    return found;
  });
  for (const each of jobs.values()) {
    expect(await call('GET', `/api/admin/jobs/${each.jobId}`)).toMatchObject({ status: 200, text: JSON.stringify(each) });
  }
  for (const unknown of [newId(), 'x']) {
    expect(await call('GET', `/api/admin/jobs/${unknown}`)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  }
  stop();
});

test('jobs and repairs are listed page by page', async () => {
  expect((await call('GET', '/api/admin/jobs')).body).toEqual({
    jobs: [expect.objectContaining({ saleId })],
    nextCursor: saleId,
  });
  await call('GET', `/api/admin/jobs?saleId=${saleId}&limit=7&cursor=${saleId}`);
  await call('GET', `/api/admin/sales/${saleId}/repairs?limit=3`);
  expect(listed).toEqual([{ limit: 50 }, { saleId, limit: 7, cursor: saleId }, { saleId, kind: 'repair', limit: 3 }]);
  for (const query of ['limit=0', 'cursor=x', 'saleId=x', 'page=2']) {
    expect((await call('GET', `/api/admin/jobs?${query}`)).code).toBe('VALIDATION_FAILED');
  }
});

test.each([
  ['GET', '/api/admin/jobs'],
  ['GET', `/api/admin/jobs/${saleId}`],
  ['GET', `/api/admin/sales/${saleId}/report`],
  ['GET', `/api/admin/sales/${saleId}/repairs`],
  ['POST', `/api/admin/sales/${saleId}/repairs`],
])('%s %s is for the operator only', async (method, path) => {
  expect((await on.call(method, path)).code).toBe('UNAUTHENTICATED');
});
