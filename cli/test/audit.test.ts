import { execFile } from 'node:child_process';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { root } from 'dev';
import { useTestServers } from 'dev/test';
import { calls, type ExplainedAudit, natsOptions, Problem, type RepairReport, serveRpc } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

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
let nats: NatsConnection;

beforeAll(async () => {
  nats = await connect(natsOptions(servers.natsUrl));
  const log = { error() {} };
  serveRpc(nats, calls.auditSale, async () => answer(), log);
  serveRpc(nats, calls.repairSale, async () => repaired(), log);
  await nats.flush();
});
afterAll(() => nats.close());

function audit(args: string[], natsUrl = servers.natsUrl): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NATS_URL: natsUrl };
    execFile(process.execPath, ['--import', 'tsx', 'cli/src/audit.ts', ...args], { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

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
    { check: check.name, says: 'B is gone.', advice: 'Ask whoever took it.' },
  ],
};

test('findings are listed, with what --repair would do, and what only a person can', async () => {
  answer = () => bad;
  const { code, stdout } = await audit(['--sale', sale]);
  expect(stdout).toContain(
    '  1. A is behind.\n     --repair moves A on.\n  2. B is gone.\n     A person decides. Ask whoever took it.\n',
  );
  expect(stdout).toMatch(/does NOT hold\. --repair mends 1 of 2 findings\.\n$/);
  expect(code).toBe(1);
});

describe('--repair', () => {
  const done = { repair: 'reservation', says: 'A is behind. Repair: moves A on.', changed: 1, failed: false };

  test('prints each repair, and the audit after it: exit 0 where that holds', async () => {
    repaired = () => ({ saleId: sale, before: bad, repairs: [done], after: good });
    const { code, stdout } = await audit(['--sale', sale, '--repair']);
    expect(stdout).toMatch(/does NOT hold.*Repairs\n {2}done {3}A is behind\. Repair: moves A on\.\n.*The audit holds\.\n$/s);
    expect(code).toBe(0);
    expect(JSON.parse((await audit(['--sale', sale, '--repair', '--json'])).stdout)).toEqual(repaired());
  });

  test('exits 1 where the audit still does not hold, and says which repair failed', async () => {
    repaired = () => ({ saleId: sale, before: bad, repairs: [{ ...done, changed: 0, failed: true }], after: bad });
    const { code, stdout } = await audit(['--sale', sale, '--repair']);
    expect(stdout).toContain('  FAILED A is behind.');
    expect(code).toBe(1);
  });

  test('has nothing to do where the audit holds', async () => {
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

test('a sale that is not there: exit 1 and why', async () => {
  answer = () => {
    throw new Problem('NOT_FOUND', 'There is no such sale.');
  };
  expect(await audit(['--sale', sale])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no such sale. (NOT_FOUND)'),
  });
});

test('no server there: exit 1, where it looked and what to set', async () => {
  expect(await audit(['--sale', sale], 'nats://127.0.0.1:1')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/Could not connect to NATS at 127\.0\.0\.1:1: .*Set NATS_URL/s),
  });
});

test('no sale named: exit 1 and the usage', async () => {
  expect(await audit([])).toMatchObject({ code: 1, stderr: expect.stringContaining('npm run audit -- --sale ID') });
});
