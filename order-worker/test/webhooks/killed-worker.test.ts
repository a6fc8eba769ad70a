import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { calls } from 'seckill-core';
import { afterEach, expect, test } from 'vitest';
import { useOwnServers } from '../process/own-servers.ts';
import { eventually, users } from '../support/platform.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const own = useOwnServers('killed-webhooks');
const STARTED_WITHIN_MS = 90_000;
const workers: ChildProcess[] = [];

afterEach(async () => {
  for (const worker of workers.splice(0)) await kill(worker);
});

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  worker.kill('SIGKILL');
  await once(worker, 'exit');
}

async function startWorker(): Promise<ChildProcess> {
  const { redis, nats, postgres } = own.servers;
  const env = { REDIS_URL: redis.url, NATS_URL: nats.url, DATABASE_URL: postgres.url, WEBHOOK_ALLOW_PRIVATE: 'true' };
  const worker = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  workers.push(worker);
  let said = '';
  worker.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await eventually(() => said.includes('"msg":"ready"'), 'a worker that is ready', STARTED_WITHIN_MS);
  return worker;
}

test('kill -9 between a request and its record: each event arrives again under its id, and none is lost', {
  timeout: 300_000,
}, async () => {
  const { platform } = own;
  const receiver = await WebhookReceiver.start();
  try {
    const first = await startWorker();
    const isThere = async () => (await platform.prisma.listenerPosition.count({ where: { listener: 'webhooks' } })) === 1;
    await eventually(isThere, 'a position');
    const { webhookId } = await platform.call(calls.createWebhook, { url: receiver.url(), events: ['order.created'] });
    // The receiver has the event, and the worker dies before it hears so.
    receiver.answer = async () => {
      await kill(first);
      return 204;
    };
    const sale = await platform.openSale({ stock: 20 });
    const wins = await platform.win(sale, users(20));
    const ids = wins.map(({ reservationId }) => `created:${reservationId}`).toSorted();
    await eventually(() => first.signalCode === 'SIGKILL', 'a dead worker');
    const before = new Set(receiver.ids());
    expect(before.size).toBeGreaterThan(0);

    receiver.answer = () => 204;
    const died = receiver.got.length;
    await startWorker();
    const delivered = async () =>
      (await platform.call(calls.listDeliveries, { webhookId, state: 'DELIVERED', limit: 100 })).deliveries.length;
    await eventually(async () => (await delivered()) === 20, 'twenty deliveries');
    const after = receiver.ids().slice(died);
    expect([...new Set(after)].toSorted()).toEqual(ids);
    for (const id of before) expect(after).toContain(id);
  } finally {
    await receiver.close();
  }
});
