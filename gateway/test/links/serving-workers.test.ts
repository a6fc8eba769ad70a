import type { NatsConnection } from '@nats-io/nats-core';
import { FaultProxy } from 'dev';
import { useTestServers } from 'dev/test';
import { pino } from 'pino';
import { atWorker, broadcast, calls, connectNats, serveRpc, workerServing } from 'seckill-core';
import { expect, onTestFinished, test } from 'vitest';
import { NatsLink } from '../../src/links/nats-link.ts';
import { ServingWorkers } from '../../src/links/serving-workers.ts';

const servers = useTestServers();
const log = pino({ level: 'silent' });

/** Serves one kind of call as a worker does. */
function startWorker(nc: NatsConnection, workerId: string): void {
  const serve = async () => ({ deadLetters: [] });
  for (const rpc of [calls.listDeadLetters, atWorker(calls.listDeadLetters, workerId)]) serveRpc(nc, rpc, serve, log);
  const saying = setInterval(() => broadcast(nc, workerServing, { workerId }), 200);
  onTestFinished(async () => {
    clearInterval(saying);
    await nc.close();
  });
}

/** A gateway's connection. `answered` makes 20 calls at once, and returns how many were answered. */
function startLink(): { answered: () => Promise<number>; heard: Set<string> } {
  const link = new NatsLink({ url: servers.natsUrl, log });
  onTestFinished(() => link.close());
  const heard = new Set<string>();
  link.listen(workerServing, ({ workerId }) => heard.add(workerId));
  const answered = async () => {
    const asked = Array.from({ length: 20 }, () => link.ask(calls.listDeadLetters, { limit: 1 }).then(() => true));
    return (await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled').length;
  };
  return { answered, heard };
}

test('calls stop going to a lost host within seconds, although NATS keeps its connection', { timeout: 60_000 }, async () => {
  const proxy = await FaultProxy.start();
  onTestFinished(() => proxy.stop());
  startWorker(await connectNats(proxy.through(servers.natsUrl), 'lost'), 'lost');
  startWorker(await connectNats(servers.natsUrl, 'other'), 'other');
  const { answered, heard } = startLink();
  await expect.poll(answered, { timeout: 20_000 }).toBe(20);
  await expect.poll(() => heard.size, { timeout: 20_000 }).toBe(2);
  proxy.vanish();
  // Half of these are lost. Each later round would be, too, with one chance in a million for all 20.
  expect(await answered()).toBeLessThan(20);
  await expect.poll(answered, { timeout: 30_000 }).toBe(20);
});

test('all calls reach a worker that has a new connection, although NATS keeps the silent one', { timeout: 60_000 }, async () => {
  const proxy = await FaultProxy.start();
  onTestFinished(() => proxy.stop());
  startWorker(await connectNats(proxy.through(servers.natsUrl), 'silent'), 'silent');
  const { answered } = startLink();
  await expect.poll(answered, { timeout: 20_000 }).toBe(20);
  proxy.silence();
  expect(await answered()).toBe(0);
  await expect.poll(answered, { timeout: 30_000 }).toBe(20);
});

test('a worker that was not heard for three seconds is not called, and one that is heard again is', () => {
  const workers = new ServingWorkers();
  expect(workers.pick(0)).toBeUndefined();
  workers.heard('a', 1_000);
  workers.heard('b', 2_000);
  expect(workers.pick(4_500)).toBe('b');
  expect(workers.pick(5_001)).toBeUndefined();
  workers.heard('a', 6_000);
  expect(workers.pick(6_000)).toBe('a');
});
