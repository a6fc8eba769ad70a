import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ControlledProcess, freePort, type RunningServers, startServers } from 'dev';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installAsInTheImage } from './production-install.ts';

/** Node 20 can't run TypeScript, unlike the image's Node; it borrows the checkout's tsx. */
const loader = (process.features as { typescript?: string | false }).typescript ? [] : ['--import', import.meta.resolve('tsx')];
const secret = (name: string) => `the ${name} of this test, long enough`;

let servers: RunningServers<{ redis: object; nats: object; postgres: object }>;
let folder: string;
let env: NodeJS.ProcessEnv;
let gatewayUrl: string;
const parts: ControlledProcess[] = [];

beforeAll(async () => {
  servers = await startServers({ redis: {}, nats: {}, postgres: { durable: false } }, { label: 'image' });
  folder = servers.folder.sub('app');
  const [gatewayPort, workerPort, sandboxPort] = [await freePort(), await freePort(), await freePort()];
  gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    INSECURE_DEMO: 'true',
    NODE_OPTIONS: loader.join(' '),
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    REDIS_URL: servers.redis.url,
    NATS_URL: servers.nats.url,
    DATABASE_URL: servers.postgres.url,
    PORT: String(gatewayPort),
    WORKER_PORT: String(workerPort),
    SANDBOX_PORT: String(sandboxPort),
    PAYMENT_SANDBOX_URL: `http://127.0.0.1:${sandboxPort}`,
    PAYMENT_WEBHOOK_URL: `${gatewayUrl}/api/payments/webhook`,
    JWT_SECRET: secret('JWT'),
    TOKEN_SECRET: secret('token'),
    ADMIN_TOKEN: secret('admin'),
    PAYMENT_WEBHOOK_SECRET: secret('webhook'),
  };
  await installAsInTheImage(folder);
}, 300_000);
afterAll(async () => {
  await Promise.all(parts.map((part) => part.stop()));
  await servers?.stop();
});

function seckill(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(join(folder, 'usr/local/bin/seckill'), args, { cwd: '/', env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

async function start(name: string, script: string, readyUrl: string): Promise<void> {
  const part = new ControlledProcess(servers.folder, {
    name,
    program: process.execPath,
    args: [script],
    cwd: folder,
    env,
    stopSignal: 'SIGTERM',
    stopWithinMs: 15_000,
    guardSignal: 'KILL',
    isReady: async () => (await fetch(readyUrl).catch(() => undefined))?.ok === true,
    readyWithinMs: 60_000,
  });
  parts.push(part);
  await part.start();
}

async function askAdmin(path: string, body?: object): Promise<{ saleId: string }> {
  const response = await fetch(`${gatewayUrl}/api/admin/sales${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${env['ADMIN_TOKEN']}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as { saleId: string };
}

test("the image has the operator's commands and the payment sandbox, and neither dev nor loadtest", () => {
  expect(existsSync(join(folder, 'cli/src/main.ts'))).toBe(true);
  expect(existsSync(join(folder, 'payment-sandbox/src/main.ts'))).toBe(true);
  for (const gone of ['dev', 'loadtest', 'gateway/web/storefront']) expect(existsSync(join(folder, gone))).toBe(false);
  const packages = readdirSync(join(folder, 'node_modules'));
  expect(packages).toEqual(expect.arrayContaining(['gateway', 'order-worker', 'payment-sandbox', 'seckill-cli']));
  expect(packages.filter((name) => ['vitest', 'typescript', 'autocannon', 'vite', 'dev', 'loadtest'].includes(name))).toEqual([]);
});

test('every part starts from it, and seckill migrate, audit and dead-letters work', async () => {
  expect(await seckill('audit')).toMatchObject({ code: 2, stderr: expect.stringContaining('seckill audit --sale ID') });
  expect(await seckill('migrate')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Applying .*the database is up to date\.\n$/s),
  });
  await Promise.all([
    start('worker', 'order-worker/src/main.ts', `http://127.0.0.1:${env['WORKER_PORT']}/readyz`),
    start('payments', 'payment-sandbox/src/main.ts', `${env['PAYMENT_SANDBOX_URL']}/healthz`),
    start('gateway', 'gateway/src/main.ts', `${gatewayUrl}/readyz`),
  ]);
  expect((await fetch(`${gatewayUrl}/`)).status).toBe(200);
  const { saleId } = await askAdmin('', {
    title: 'A sale',
    startsAt: new Date().toISOString(),
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    payTimeoutSeconds: 60,
    rateLimit: { ratePerSecond: 100, burst: 100 },
    items: [{ title: 'An item', priceCents: 100, currency: 'EUR', stock: 5 }],
  });
  await askAdmin(`/${saleId}/publish`);
  expect(await seckill('audit', '--sale', saleId)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/The audit holds\.\n$/),
  });
  expect(await seckill('dead-letters', 'list')).toMatchObject({ code: 0, stdout: 'There are no dead letters.\n' });
}, 180_000);
