import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type RunningServers, startServers, waitUntil } from 'dev';
import { readConfig } from 'gateway';
import { outboxSize } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways } from '../support/gateways.ts';
import { openStream, type TestStream } from '../support/open-stream.ts';
import { accessToken, buy, openSale, ticketFor } from '../support/sales.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
let servers: RunningServers<{ redis: object; nats: object }>;
const children: ChildProcess[] = [];

beforeAll(async () => {
  servers = await startServers({ redis: {}, nats: {} }, { label: 'gateway-main' });
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await servers?.stop();
});

/** Generous, because the machine has other work. */
const STARTED_WITHIN_MS = 60_000;

interface Line {
  msg: string;
  url?: string;
  level: number;
}

/** Starts the gateway as a separate process and collects the lines of its log. It may open `files` files. */
function run(env: Record<string, string>, files = 1_000) {
  const child = spawn('sh', ['-c', `ulimit -n ${files}; exec "$0" "$@"`, process.execPath, '--import', 'tsx', main], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: 'pipe',
  });
  children.push(child);
  const process_ = {
    child,
    lines: [] as Line[],
    errors: '',
    // Not 'exit', which may come before the last output.
    exit: new Promise<number | null>((resolve) => child.once('close', resolve)),
  };
  let rest = '';
  child.stdout.on('data', (data) => {
    const lines = (rest + data).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) process_.lines.push(JSON.parse(line));
  });
  child.stderr.on('data', (data) => {
    process_.errors += data;
  });
  return process_;
}

test('reports every fault of its environment and exits with 1', async () => {
  const { exit, errors } = await finished(
    run({
      NODE_ENV: 'production',
      PORT: 'eighty',
      REDIS_URL: 'http://x',
      DEV_LOGIN: 'maybe',
      TOKEN_SECRET: 'development-token-secret',
    }),
  );
  expect(exit).toBe(1);
  for (const name of ['PORT', 'REDIS_URL', 'DEV_LOGIN', 'JWT_SECRET', 'TOKEN_SECRET', 'ADMIN_TOKEN', 'PAYMENT_WEBHOOK_SECRET']) {
    expect(errors).toContain(`- ${name} `);
  }
  expect(errors).not.toMatch(/ {4}at /);
});

test.each(['staging', 'prod'])('NODE_ENV=%s is not development: no secret has a default', (NODE_ENV) => {
  expect(() => readConfig({ NODE_ENV })).toThrow(/JWT_SECRET[\s\S]*TOKEN_SECRET[\s\S]*ADMIN_TOKEN[\s\S]*PAYMENT_WEBHOOK_SECRET/);
});

test('logs "ready" with its address once it serves, finishes its work on SIGTERM, and exits with 0', async () => {
  const gateway = run({ REDIS_URL: servers.redis.url, NATS_URL: servers.nats.url, PORT: '0' });
  const line = (msg: string) => gateway.lines.find((each) => each.msg === msg);
  expect(await waitUntil(() => line('ready') !== undefined, STARTED_WITHIN_MS)).toBe(true);
  const url = line('ready')?.url;
  // Redis may stall for a second here.
  await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(200);
  gateway.child.kill('SIGTERM');
  // After 10 s it would give up and exit with 1.
  expect(await gateway.exit).toBe(0);
});

test('starts while its servers are away, logs it once for each, and serves when they are up', async () => {
  const late = await startServers({ redis: {}, nats: {} }, { label: 'gateway-late' });
  await Promise.all([late.redis.kill(), late.nats.kill()]);
  const gateway = run({ REDIS_URL: late.redis.url, NATS_URL: late.nats.url, PORT: '0' });
  const line = (msg: string) => gateway.lines.find((each) => each.msg === msg);
  expect(await waitUntil(() => line('listening') !== undefined, STARTED_WITHIN_MS)).toBe(true);
  const url = line('listening')?.url;
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const notReady = await fetch(`${url}/readyz`);
  expect(notReady.status).toBe(503);
  expect(await notReady.json()).toMatchObject({ code: 'UNAVAILABLE' });
  expect((await fetch(`${url}/api/sales`)).status).toBe(503);
  const warnings = () => gateway.lines.filter((each) => each.level >= 40).map((each) => each.msg.slice(0, 13).trim());
  await expect.poll(() => warnings().length).toBeGreaterThanOrEqual(2);
  // Long enough for several more attempts.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(warnings().sort()).toEqual(['NATS is away:', 'Redis is away']);
  await Promise.all([late.redis.restart(), late.nats.restart()]);
  expect(await waitUntil(() => line('ready') !== undefined, STARTED_WITHIN_MS)).toBe(true);
  gateway.child.kill('SIGTERM');
  expect(await gateway.exit).toBe(0);
  await late.stop();
});

test('a gateway that stops turns unready first, answers what it has accepted, and leaves no winner in the outbox', async () => {
  const on = await startGateways({ redisUrl: servers.redis.url, natsUrl: servers.nats.url });
  const { itemId } = await openSale(on, { stock: 300 });
  const [gateway] = on.gateways;
  const answers = Array.from({ length: 300 }, (_, i) => buy(on, ticketFor(on, itemId, `leaving${i}`)));
  await Promise.race(answers);
  const closing = gateway?.close();
  expect(gateway?.parts.readiness.whyNot()).toMatch(/shutting down/);
  const results = await Promise.allSettled(answers);
  await closing;
  const answered = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  expect(answered.every((answer) => answer.status === 202)).toBe(true);
  expect(answered.length).toBeGreaterThan(0);
  expect(await outboxSize(on.redis, itemId)).toBe(0);
  await on.nats.close();
  on.redis.disconnect();
});

test('a gateway with few file descriptors refuses streams and connections beyond them, and lives', async () => {
  const gateway = run({ REDIS_URL: servers.redis.url, NATS_URL: servers.nats.url, PORT: '0' }, 200);
  const line = (start: string) => gateway.lines.find((each) => each.msg.startsWith(start));
  expect(await waitUntil(() => line('ready') !== undefined, STARTED_WITHIN_MS)).toBe(true);
  const url = new URL(line('ready')?.url ?? '');
  const on = await startGateways({ redisUrl: servers.redis.url, natsUrl: servers.nats.url });
  const { itemId } = await openSale(on, { stock: 40 });
  const streams: TestStream[] = [];
  for (let buyer = 0; buyer < 24; buyer += 1) {
    const ticket = ticketFor(on, itemId, `stream${buyer}`);
    expect((await buy(on, ticket)).status).toBe(202);
    const headers = await accessToken(on, ticket.userId);
    const live = `${url.origin}/api/reservations/${ticket.reservationId}/live`;
    for (let tab = 0; tab < 6; tab += 1) streams.push(await openStream(live, headers));
  }
  const count = (status: number) => streams.filter((stream) => stream.status === status).length;
  expect(count(200)).toBe(87);
  expect(count(503)).toBe(144 - 87);

  const sockets = Array.from({ length: 300 }, () => connect(Number(url.port), '127.0.0.1').on('error', () => undefined));
  expect(await waitUntil(() => line('refusing connections') !== undefined, STARTED_WITHIN_MS)).toBe(true);
  for (const socket of sockets) socket.destroy();
  await expect.poll(async () => (await fetch(`${url.origin}/healthz`).catch(() => undefined))?.status).toBe(200);
  expect((await fetch(`${url.origin}/metrics`)).status).toBe(200);
  expect(gateway.child.exitCode).toBeNull();
  for (const stream of streams) stream.close();
  gateway.child.kill('SIGTERM');
  expect(await gateway.exit).toBe(0);
  await on.close();
});

test('a gateway that stops waits a second at most for a request that comes slowly, and answers one that has arrived', async () => {
  const on = await startGateways({ redisUrl: servers.redis.url, natsUrl: servers.nats.url });
  const { itemId } = await openSale(on);
  const { port } = new URL(on.gateways[0]?.url ?? '');
  const whole = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  const slow = [
    'GET / HT',
    'POST /api/reservations HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n{',
    `${whole}GET / HT`,
  ].map((text) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    return socket.on('error', () => undefined);
  });
  let answered = '';
  slow[2]?.on('data', (data) => {
    answered += data;
  });
  await expect.poll(() => answered).toContain('HTTP/1.1 200');
  const dripping = setInterval(() => slow[1]?.write(' '), 50);
  const closed = Promise.all(slow.map((socket) => new Promise((resolve) => socket.on('close', resolve))));
  expect((await buy(on, ticketFor(on, itemId, 'whole'))).status).toBe(202);
  // Node would wait until the request's own time limit.
  for (const { app } of on.gateways) app.server.requestTimeout = app.server.headersTimeout = 0;
  await on.gateways[0]?.close();
  await closed;
  clearInterval(dripping);
  expect(await outboxSize(on.redis, itemId)).toBe(0);
  await on.nats.close();
  on.redis.disconnect();
});

async function finished(process_: ReturnType<typeof run>) {
  const exit = await process_.exit;
  return { exit, errors: process_.errors };
}
