import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { calls } from 'seckill-core';
import { afterEach, expect, test } from 'vitest';
import { eventually, users } from '../support/platform.ts';
import { useOwnServers } from './own-servers.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const own = useOwnServers('worker-main');
const processes: ChildProcess[] = [];
/** A second on an idle machine. */
const STARTED_WITHIN_MS = 90_000;

afterEach(async () => {
  for (const child of processes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
interface Line {
  msg: string;
  port?: number;
}

function run(env: NodeJS.ProcessEnv): { child: ChildProcess; lines: Line[]; errors: string[] } {
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.push(child);
  const lines: Line[] = [];
  const errors: string[] = [];
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    rest += chunk;
    const whole = rest.split('\n');
    rest = whole.pop() ?? '';
    lines.push(...whole.map((line) => JSON.parse(line) as Line));
  });
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  return { child, lines, errors };
}

const settings = () => {
  const { redis, nats, postgres } = own.servers;
  return { REDIS_URL: redis.url, NATS_URL: nats.url, DATABASE_URL: postgres.url };
};
const said = (lines: Line[], msg: string) => lines.find((line) => line.msg === msg);

test('wrong settings: every fault on stderr, exit 1, nothing started', async () => {
  const { child, errors } = run({ ORDER_BATCH_SIZE: 'many', NATS_URL: 'here' });
  // Not "exit": output may still be buffered then.
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(errors.join('')).toContain('ORDER_BATCH_SIZE');
  expect(errors.join('')).toContain('NATS_URL');
});

test('SIGTERM in the middle of a backlog: the worker stops in time, and the next one creates the rest, each order once', {
  timeout: 300_000,
}, async () => {
  const { platform } = own;
  // It would need half a minute for all orders.
  const first = run({ ...settings(), ORDER_BATCH_SIZE: '20', ORDER_PAUSE_MS: '400' });
  await eventually(() => said(first.lines, 'ready') !== undefined, 'the first worker ready', STARTED_WITHIN_MS);
  const sale = await platform.openSale({ stock: 3_000 });
  await platform.store(await platform.reserve(sale, users(3_000)));
  const orders = () => platform.prisma.order.count({ where: { saleId: sale.saleId } });
  await eventually(async () => (await orders()) > 0, 'some orders');
  first.child.kill('SIGTERM');
  const asked = Date.now();
  const [code] = await once(first.child, 'exit');
  // After its own time limit it would exit with 1. The second limit is the orchestrator's.
  expect(code).toBe(0);
  expect(Date.now() - asked).toBeLessThan(10_000);
  expect(await orders()).toBeLessThan(3_000);

  const second = run(settings());
  await eventually(async () => (await orders()) === 3_000, 'the rest', 60_000);
  await eventually(async () => (await platform.eventCounts(sale))['created'] === 3_000, 'an event each');
  await eventually(() => said(second.lines, 'ready') !== undefined, 'the second worker ready', STARTED_WITHIN_MS);
  await platform.expectAuditHolds(sale);
});

test('servers that are away at the start: the worker says so, is not ready, and becomes ready once they are back', {
  timeout: 300_000,
}, async () => {
  const { platform, servers } = own;
  await Promise.all([servers.postgres.stop(), servers.redis.stop()]);
  const { child, lines } = run({ ...settings(), WORKER_PORT: '0', HOST: '127.0.0.1' });
  await eventually(() => said(lines, 'PostgreSQL is away; waiting for it') !== undefined, 'that it waits', STARTED_WITHIN_MS);
  expect(child.exitCode).toBeNull();
  await Promise.all([servers.postgres.restart(), servers.redis.restart()]);
  await eventually(() => said(lines, 'ready') !== undefined, 'ready', STARTED_WITHIN_MS);
  const sale = await platform.openSale({ stock: 1 });
  await platform.win(sale, ['late']);
  await eventually(
    async () => (await platform.call(calls.listOrders, { userId: 'late', limit: 1 })).orders.length === 1,
    'an order',
  );
});
