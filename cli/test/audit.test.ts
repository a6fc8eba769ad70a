import { EventEmitter } from 'node:events';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { useTestServers } from 'dev/test';
import { calls, type ExplainedAudit, type Job, natsOptions, newId, Problem, type RepairReport, serveRpc } from 'seckill-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { interruptsOf } from '../src/command/on-interrupt.ts';
import { progressPrinter } from '../src/command/progress-printer.ts';
import { runSeckill } from './support/run-seckill.ts';

const servers = useTestServers();
const sale = '01900000-0000-7000-8000-000000000001';
const good: ExplainedAudit = {
  saleId: sale,
  holds: true,
  oversold: 0,
  lost: 0,
  duplicated: 0,
  stockLeft: 3,
  drift: 0,
  checks: [{ name: 'never oversold', holds: true, detail: '7 live units of 10' }],
};
const [check = { name: '', holds: true, detail: '' }] = good.checks;

/** What the worker of these tests answers. */
let answer: () => ExplainedAudit = () => good;
let repaired: () => RepairReport = () => ({ saleId: sale, before: good, repairs: [], after: good });
/** What the last repair was asked. */
let asRestored: boolean | undefined;
/** The worker's jobs go on after the first wait. */
let takesLong = false;
/** What it answers about a job. */
let look: (jobId: string) => Job = () => job();
let nats: NatsConnection;

const jobId = newId();
const job = (more: Partial<Job> = {}): Job => ({
  jobId,
  kind: 'audit',
  saleId: sale,
  arguments: {},
  state: 'RUNNING',
  progress: { done: 3, total: 15, unit: 'checks' },
  createdAt: '2030-01-01T10:00:00.000Z',
  ...more,
});
const done = (more: Partial<Job>): Job => job({ state: 'DONE', finishedAt: '2030-01-01T10:00:02.000Z', ...more });

beforeAll(async () => {
  nats = await connect(natsOptions(servers.natsUrl));
  const log = { error() {} };
  serveRpc(
    nats,
    calls.runJob,
    async ({ kind, arguments: given }) => {
      if (takesLong) return job();
      asRestored = given?.restored;
      return kind === 'repair' ? done({ kind, result: repaired() }) : done({ result: answer() });
    },
    log,
  );
  serveRpc(nats, calls.getJob, async ({ jobId }) => look(jobId), log);
  await nats.flush();
});
afterAll(() => nats.close());

const audit = (args: string[], natsUrl = servers.natsUrl) => runSeckill(['audit', ...args], { NATS_URL: natsUrl });

test('an audit that holds: exit 0, every check with its detail', async () => {
  answer = () => good;
  const { code, stdout } = await audit(['--sale', sale]);
  expect(stdout).toContain('ok     never oversold  7 live units of 10');
  expect(stdout).toMatch(/The audit holds\.\n$/);
  expect(code).toBe(0);
});

test('--json prints the report as it is', async () => {
  answer = () => good;
  expect(JSON.parse((await audit(['--sale', sale, '--json'])).stdout)).toEqual(good);
});

test('an audit that does not hold: exit 1', async () => {
  answer = () => ({ ...good, holds: false, oversold: 2, checks: [{ ...check, holds: false }] });
  const { code, stdout } = await audit(['--sale', sale]);
  expect(stdout).toMatch(/FAILED never oversold.*oversold 2.*does NOT hold/s);
  expect(code).toBe(1);
});

const bad: ExplainedAudit = {
  ...good,
  holds: false,
  drift: 1,
  checks: [{ ...check, holds: false }],
  findings: [
    { check: check.name, says: 'A is behind.', repair: 'moves A on.' },
    { check: check.name, says: 'B is gone.', advice: 'Ask the warehouse.' },
  ],
};

test('findings are listed, with what --repair would do, and what only a person can decide', async () => {
  answer = () => bad;
  const { code, stdout } = await audit(['--sale', sale]);
  expect(stdout).toContain(
    '  1. A is behind.\n     --repair moves A on.\n  2. B is gone.\n     A person decides. Ask the warehouse.\n',
  );
  expect(stdout).toMatch(/does NOT hold\. --repair repairs 1 of 2 findings\.\n$/);
  expect(code).toBe(1);
});

describe('--repair', () => {
  const done = { repair: 'reservation', says: 'A is behind. Repair: moves A on.', changed: 1, failed: false };

  test('prints each repair, and the audit after it: exit 0 if that holds', async () => {
    repaired = () => ({ saleId: sale, before: bad, repairs: [done], after: good });
    const { code, stdout } = await audit(['--sale', sale, '--repair']);
    expect(stdout).toMatch(/does NOT hold.*Repairs\n {2}done {3}A is behind\. Repair: moves A on\.\n.*The audit holds\.\n$/s);
    expect(code).toBe(0);
    expect(JSON.parse((await audit(['--sale', sale, '--repair', '--json'])).stdout)).toEqual(repaired());
  });

  test('--restored asks for what the streams know, and only together with --repair', async () => {
    repaired = () => ({ saleId: sale, before: good, repairs: [done], after: good });
    expect((await audit(['--sale', sale, '--repair'])).code).toBe(0);
    expect(asRestored).toBeUndefined();
    expect((await audit(['--sale', sale, '--repair', '--restored'])).code).toBe(0);
    expect(asRestored).toBe(true);
    const { code, stderr } = await audit(['--sale', sale, '--restored']);
    expect(stderr).toContain('--restored goes with --repair.');
    expect(code).toBe(2);
  });

  test('exits with 1 if the audit still does not hold, and says which repair failed', async () => {
    repaired = () => ({ saleId: sale, before: bad, repairs: [{ ...done, changed: 0, failed: true }], after: bad });
    const { code, stdout } = await audit(['--sale', sale, '--repair']);
    expect(stdout).toContain('  FAILED A is behind.');
    expect(code).toBe(1);
  });

  test('has nothing to do if the audit holds', async () => {
    repaired = () => ({ saleId: sale, before: good, repairs: [], after: good });
    const { code, stdout } = await audit(['--sale', sale, '--repair']);
    expect(stdout).toMatch(/There is nothing to repair\.\n$/);
    expect(code).toBe(0);
  });
});

test('an audit that checked nothing proves nothing: exit 1', async () => {
  answer = () => ({ ...good, checks: [] });
  expect(await audit(['--sale', sale])).toMatchObject({ code: 1, stdout: expect.stringContaining('made no checks') });
});

describe('an audit that takes longer', () => {
  beforeEach(() => {
    takesLong = true;
  });
  afterEach(() => {
    takesLong = false;
  });

  test('is followed to its end, also while no worker answers, and its progress is shown', async () => {
    const looks = [
      () => {
        throw new Problem('UNAVAILABLE');
      },
      () => done({ result: good }),
    ];
    look = () => looks.shift()?.() ?? job();
    const { code, stdout, progress } = await audit(['--sale', sale]);
    expect(progress).toEqual(['Audit: 3 of 15 checks', 'Audit: 3 of 15 checks']);
    expect(stdout).toMatch(/The audit holds\.\n$/);
    expect(code).toBe(0);
  });

  test('goes on after Ctrl-C, and the command says how to see it', async () => {
    look = () => job();
    const { code, stdout, stderr } = await runSeckill(['audit', '--sale', sale], { NATS_URL: servers.natsUrl }, (interrupt) =>
      interrupt(),
    );
    expect(stderr).toBe(`The audit goes on. \`npm run audit -- --job ${jobId}\` shows it, and waits for its end.\n`);
    expect([code, stdout]).toEqual([1, '']);
  });

  test('--job shows a job that was started before', async () => {
    look = (asked) => (asked === jobId ? done({ kind: 'repair', result: repaired() }) : job());
    repaired = () => ({ saleId: sale, before: good, repairs: [], after: good });
    expect(await audit(['--job', jobId])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('There is nothing to repair.'),
    });
    expect((await audit(['--job', jobId, '--sale', sale])).code).toBe(2);
    look = () => done({ state: 'FAILED', problem: { code: 'UNAVAILABLE', detail: 'Redis was away.' } });
    expect(await audit(['--job', jobId])).toMatchObject({
      code: 1,
      stderr: `Job ${jobId} failed: Redis was away. (UNAVAILABLE)\n`,
    });
    look = () => done({ kind: 'report' });
    expect((await audit(['--job', jobId])).stderr).toContain('is a report, which the console shows.');
  });
});

test('an unknown sale: exit 1 and the reason', async () => {
  answer = () => {
    throw new Problem('NOT_FOUND', 'There is no such sale.');
  };
  expect(await audit(['--sale', sale])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no such sale. (NOT_FOUND)'),
  });
});

test('NATS is away: exit 1, the address it tried and what to set', async () => {
  expect(await audit(['--sale', sale], 'nats://127.0.0.1:1')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/Could not reach NATS at 127\.0\.0\.1:1: .*Set NATS_URL/s),
  });
});

test('no sale named: exit 2 and the usage', async () => {
  expect(await audit([])).toMatchObject({ code: 2, stderr: expect.stringContaining('npm run audit -- --sale ID') });
});

test('what is no id: exit 2, and which one', async () => {
  expect(await audit(['--sale', 'lamps'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"lamps" is not the id of a sale.'),
  });
  expect(await audit(['--job', '7'])).toMatchObject({ code: 2, stderr: expect.stringContaining('"7" is not the id of a job.') });
});

describe('Ctrl-C', () => {
  test('ends the process again once the command has stopped listening', () => {
    const signals = new EventEmitter();
    const undo = interruptsOf(signals)(() => {});
    expect(signals.listenerCount('SIGINT')).toBe(1);
    undo();
    expect(signals.listenerCount('SIGINT')).toBe(0);
  });

  test('may come twice, from the terminal and from npm: the second does not end the process', () => {
    const signals = new EventEmitter();
    let heard = 0;
    const undo = interruptsOf(signals)(() => {
      heard += 1;
    });
    signals.emit('SIGINT');
    undo();
    expect(heard).toBe(1);
    expect(signals.listenerCount('SIGINT')).toBe(1);
  });
});

describe('progress', () => {
  test('is one line on a terminal, which its end removes', () => {
    const written: string[] = [];
    const show = progressPrinter({ isTTY: true, write: (text) => written.push(text) });
    show(undefined);
    show('1 of 2');
    show('2 of 2');
    show(undefined);
    expect(written).toEqual(['\r1 of 2\x1b[K', '\r2 of 2\x1b[K', '\r\x1b[K']);
  });

  test('is a line every five seconds elsewhere', () => {
    const written: string[] = [];
    let now = 0;
    const show = progressPrinter({ write: (text) => written.push(text) }, () => now);
    for (now = 0; now < 11_000; now += 1_000) show(String(now));
    show(undefined);
    expect(written).toEqual(['0\n', '5000\n', '10000\n']);
  });
});
