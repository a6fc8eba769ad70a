import { type AdminSale, calls, type ExplainedAudit, type Job, newId } from 'seckill-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditSale } from '../../src/index.ts';
import { JOB_KINDS, type JobKinds } from '../../src/jobs/job-kinds.ts';
import { forgetJobs } from '../../src/jobs/job-queue.ts';
import { eventually, type Platform, usePlatform } from '../support/platform.ts';

const on = usePlatform();
let platform: Platform;
let sale: AdminSale;

/** Audits that end when the gate opens. They return what `says` holds, or the true audit. */
class Gate {
  readonly started: string[] = [];
  readonly signals: AbortSignal[] = [];
  ended = 0;
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  readonly kinds: JobKinds = {
    ...JOB_KINDS,
    audit: async (context, job, run) => {
      this.started.push(job.jobId);
      this.signals.push(run.signal);
      run.progress({ done: 3, total: 7, unit: 'checks' });
      await Promise.race([this.#opened, new Promise((resolve) => run.signal.addEventListener('abort', resolve))]);
      return JOB_KINDS.audit(context, job, run).finally(() => {
        this.ended += 1;
      });
    },
  };

  open(): void {
    this.#open();
  }
}

const failing = (error: Error): JobKinds => ({ ...JOB_KINDS, audit: () => Promise.reject(error) });

const ask = (saleId: string, waitMs = 0): Promise<Job> => platform.call(calls.runJob, { kind: 'audit', saleId, waitMs });
const read = (jobId: string): Promise<Job> => platform.call(calls.getJob, { jobId });
const reaches = (jobId: string, state: Job['state']): Promise<void> =>
  eventually(async () => (await read(jobId)).state === state, `job ${jobId} is ${state}`);

beforeAll(async () => {
  platform = on.platform;
  const worker = await platform.startWorker();
  sale = await platform.openSale({ stock: 3 });
  await platform.win(sale, ['ann', 'ben']);
  await eventually(async () => (await platform.audit(sale)).checks.every(({ holds }) => holds), 'the sale is at rest');
  await worker.stop();
  platform.workers.pop();
});
beforeEach(() => platform.prisma.job.deleteMany());

test('a job that ends while its caller waits replies with the result, field by field that of the direct audit', async () => {
  const { context } = await platform.startWorker();
  const job = await ask(sale.saleId, 30_000);
  expect(job).toMatchObject({ kind: 'audit', state: 'DONE', arguments: {}, saleId: sale.saleId });
  const { report } = await auditSale(context, sale.saleId);
  expect(report.holds).toBe(true);
  expect(JSON.stringify(job.result)).toBe(JSON.stringify(report));
  expect(job.progress).toEqual({ done: report.checks.length, total: report.checks.length, unit: 'checks' });
  const reported = await platform.run('report', sale);
  expect(reported).toMatchObject({ saleId: sale.saleId, funnel: { won: 2, ordered: 2 } });
});

test('a job that takes longer shows its progress, and a second caller of the same joins it', async () => {
  const gate = new Gate();
  await platform.startWorker({ jobs: { kinds: gate.kinds, times: { renewEveryMs: 10 } } });
  const first = await ask(sale.saleId);
  await eventually(async () => (await read(first.jobId)).progress.done === 3, 'the progress is written');
  expect(await read(first.jobId)).toMatchObject({ state: 'RUNNING', progress: { done: 3, total: 7, unit: 'checks' } });

  const second = await ask(sale.saleId);
  const waiting = ask(sale.saleId, 60_000);
  expect(second.jobId).toBe(first.jobId);
  expect(second.result).toBeUndefined();
  gate.open();
  expect(await waiting).toMatchObject({ jobId: first.jobId, state: 'DONE', result: { holds: true } });
  expect(gate.started).toEqual([first.jobId]);
  expect((await ask(sale.saleId, 60_000)).jobId).not.toBe(first.jobId);
});

test('a caller waits for a job that another worker runs', async () => {
  const gate = new Gate();
  await platform.startWorker({ jobs: { kinds: gate.kinds, times: { lookEveryMs: 20 } } });
  const { jobId } = await ask(sale.saleId);
  await reaches(jobId, 'RUNNING');
  // This one runs no jobs, but may get the call.
  await platform.startWorker({ jobs: { times: { lookEveryMs: 20 } } });
  const both = [ask(sale.saleId, 60_000), ask(sale.saleId, 60_000), ask(sale.saleId, 60_000), ask(sale.saleId, 60_000)];
  gate.open();
  for (const job of await Promise.all(both)) expect(job.state).toBe('DONE');
});

test('an unknown sale is NOT_FOUND and leaves no job, and so is an unknown job', async () => {
  await platform.startWorker();
  await expect(ask(newId())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(read(newId())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(await platform.prisma.job.count()).toBe(0);
});

test('a repair and an audit of one sale run side by side, and so do repairs of different arguments', async () => {
  const gate = new Gate();
  await platform.startWorker({ jobs: { kinds: gate.kinds } });
  const { jobId } = await ask(sale.saleId);
  await reaches(jobId, 'RUNNING');
  const plain = await platform.call(calls.runJob, { kind: 'repair', saleId: sale.saleId, waitMs: 60_000 });
  const restored = await platform.call(calls.runJob, {
    kind: 'repair',
    saleId: sale.saleId,
    arguments: { restored: true },
    waitMs: 60_000,
  });
  expect(plain).toMatchObject({ state: 'DONE', arguments: {}, result: { repairs: [] } });
  expect(restored).toMatchObject({ state: 'DONE', arguments: { restored: true }, result: { repairs: [{ repair: 'restore' }] } });
  expect(await read(jobId)).toMatchObject({ state: 'RUNNING' });
  gate.open();
});

test('jobs are listed by sale and kind, the newest first, page by page and without results', async () => {
  await platform.startWorker();
  for (let i = 0; i < 3; i += 1) await platform.run('audit', sale);
  await platform.run('report', sale);
  const list = (more: object) => platform.call(calls.listJobs, { saleId: sale.saleId, limit: 2, ...more });
  const first = await list({ kind: 'audit' });
  expect(first.jobs).toHaveLength(2);
  const rest = await list({ kind: 'audit', cursor: first.nextCursor });
  expect(rest.jobs).toHaveLength(1);
  expect(rest.nextCursor).toBeUndefined();
  const ids = [...first.jobs, ...rest.jobs].map(({ jobId }) => jobId);
  expect(ids).toEqual(ids.toSorted().toReversed());
  expect(first.jobs[0]).not.toHaveProperty('result');
  expect((await list({ limit: 100 })).jobs.map(({ kind }) => kind)).toEqual(['report', 'audit', 'audit', 'audit']);
  expect((await list({ saleId: newId() })).jobs).toEqual([]);
});

test('the queue is bounded: the next job is UNAVAILABLE with the reason, and joining a job that waits is not', async () => {
  await platform.startWorker({ jobs: { kinds: new Gate().kinds, times: { lookEveryMs: 3_600_000 } } });
  const waiting = Array.from({ length: 100 }, () => ({ id: newId(), kind: 'audit', saleId: newId() }));
  await platform.prisma.job.createMany({ data: [...waiting, { id: newId(), kind: 'report', saleId: sale.saleId }] });
  await expect(ask(sale.saleId)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: '100 jobs wait already. Try again when some have ended.',
  });
  const joined = await platform.call(calls.runJob, { kind: 'report', saleId: sale.saleId, waitMs: 0 });
  expect(joined.kind).toBe('report');
});

describe('a job that fails', () => {
  test('says why, and by which code', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:6379'), { code: 'ECONNREFUSED' });
    await platform.startWorker({ jobs: { kinds: failing(away) } });
    expect(await ask(sale.saleId, 30_000)).toMatchObject({
      state: 'FAILED',
      problem: { code: 'UNAVAILABLE', detail: 'A server that the job needs was away or too slow. Ask again.' },
    });
    await expect(platform.audit(sale)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('names itself for the logs if it is a fault of the platform, and tells no internals', async () => {
    await platform.startWorker({ jobs: { kinds: failing(new TypeError('secret')) } });
    const { jobId, problem } = await ask(sale.saleId, 30_000);
    expect(problem).toEqual({ code: 'INTERNAL', detail: expect.stringContaining(`look for job ${jobId}.`) });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });
});

test('a worker that stops gives its job back at once, and answers those who wait for it', async () => {
  const gate = new Gate();
  const stops = await platform.startWorker({ jobs: { kinds: gate.kinds } });
  const waiting = ask(sale.saleId, 60_000);
  await eventually(() => gate.started.length === 1, 'the job runs');
  await stops.stop();
  platform.workers.pop();
  const given = await waiting;
  expect(['RUNNING', 'QUEUED']).toContain(given.state);
  const row = await platform.prisma.job.findUniqueOrThrow({ where: { id: given.jobId } });
  expect(row).toMatchObject({ state: 'QUEUED', lease: null, starts: 0 });

  await platform.startWorker();
  await reaches(given.jobId, 'DONE');
});

describe('a lease that ran out', () => {
  const runOut = (starts: number) => ({
    id: newId(),
    kind: 'audit',
    saleId: sale.saleId,
    state: 'RUNNING' as const,
    starts,
    lease: newId(),
    leaseUntil: new Date(Date.now() - 60_000),
  });

  test('is taken by another worker, which runs the job again', async () => {
    const job = runOut(1);
    await platform.prisma.job.create({ data: job });
    await platform.startWorker();
    await reaches(job.id, 'DONE');
    expect(await platform.prisma.job.findUnique({ where: { id: job.id } })).toMatchObject({ starts: 2 });
  });

  test('is not taken a fourth time: the job fails and says so', async () => {
    const job = runOut(3);
    await platform.prisma.job.create({ data: job });
    await platform.startWorker();
    await reaches(job.id, 'FAILED');
    expect((await read(job.id)).problem?.detail).toMatch(/^Each of 3 workers that ran this job died/);
  });

  const SOON = 10;
  test.each([
    ['at its next renewal', SOON],
    ['at its end', 3_600_000],
  ])('ends the run that had it %s: its result is not written', async (_when, renewEveryMs) => {
    const gate = new Gate();
    await platform.startWorker({ jobs: { kinds: gate.kinds, times: { renewEveryMs, lookEveryMs: 3_600_000 } } });
    const { jobId } = await ask(sale.saleId);
    await reaches(jobId, 'RUNNING');
    const lease = newId();
    await platform.prisma.job.update({ where: { id: jobId }, data: { lease, leaseUntil: new Date(Date.now() + 3_600_000) } });
    if (renewEveryMs === SOON)
      await eventually(() => gate.signals[0]?.aborted === true, 'the run hears that it has lost the job');
    gate.open();
    // It gives back what it still has, and waits for its runs.
    await eventually(() => gate.ended === 1, 'the audit is made');
    await platform.stopWorkers();
    expect(await platform.prisma.job.findUnique({ where: { id: jobId } })).toMatchObject({ state: 'RUNNING', lease });
  });
});

test('a worker runs two jobs at once, and the others wait for one to end', async () => {
  const gate = new Gate();
  const { context } = await platform.startWorker({ jobs: { kinds: gate.kinds } });
  const sales = [sale, await platform.createSale(), await platform.createSale()];
  const jobs: Job[] = [];
  for (const { saleId } of sales) jobs.push(await ask(saleId));
  await eventually(() => gate.started.length === 2, 'two jobs run');
  expect((await read(jobs[2]?.jobId ?? '')).state).toBe('QUEUED');
  gate.open();
  for (const { jobId } of jobs) await reaches(jobId, 'DONE');
  expect(await context.metrics.registry.metrics()).toContain('seckill_jobs_ended_total{kind="audit",state="DONE"} 3');
});

test('jobs that ended a week ago are forgotten, and so are all but the newest hundred of a sale and kind', async () => {
  const ended = (finishedAt: Date) => ({
    id: newId(),
    kind: 'report',
    saleId: sale.saleId,
    state: 'DONE' as const,
    finishedAt,
    result: {} as ExplainedAudit,
  });
  const day = 24 * 3_600_000;
  const old = ended(new Date(Date.now() - 7.01 * day));
  const kept = ended(new Date(Date.now() - 6.99 * day));
  const repair = { ...ended(new Date()), kind: 'repair' };
  await platform.prisma.job.createMany({ data: [old, kept, repair, { id: newId(), kind: 'audit', saleId: sale.saleId }] });
  expect(await forgetJobs(platform)).toBe(1);
  expect(await platform.prisma.job.count({ where: { id: old.id } })).toBe(0);

  await platform.prisma.job.createMany({ data: Array.from({ length: 104 }, () => ended(new Date())) });
  expect(await forgetJobs(platform)).toBe(5);
  expect(await platform.prisma.job.count({ where: { kind: 'report' } })).toBe(100);
  expect(await platform.prisma.job.count({ where: { id: kept.id } })).toBe(0);
  expect(await platform.prisma.job.count()).toBe(102);
});
