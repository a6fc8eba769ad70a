import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PermissionViolationError } from '@nats-io/nats-core';
import { FaultProxy } from 'dev';
import type { Redis } from 'ioredis';
import { NatsTrouble } from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { expect, onTestFinished, test } from 'vitest';
import { connectRedis } from '../../src/servers/connect-redis.ts';
import { readReadiness } from '../../src/servers/readiness.ts';
import { eventually, patientTransaction, quiet, usePlatform } from '../support/platform.ts';

const on = usePlatform();
const idle = { oldestBatchMs: () => 0 };

test('a worker is not ready while PostgreSQL is read-only, and says why', async () => {
  const { nc, redis, prisma, databaseUrl } = on.platform;
  const readOnly = createPrisma({ databaseUrl: `${databaseUrl}?options=-c%20default_transaction_read_only%3Don`, max: 1 });
  // Each check waits for a second only, which a busy machine may need.
  await eventually(async () => (await readReadiness({ nc, redis, prisma, worker: idle })).ready, 'ready');
  await eventually(async () => {
    const { ready, waitingFor, because } = await readReadiness({ nc, redis, prisma: readOnly, worker: idle });
    expect(ready).toBe(false);
    return waitingFor.join() === 'postgres' && because.join().includes('read-only');
  }, 'that PostgreSQL is read-only');
  await readOnly.$disconnect();
});

test('a worker that a server refuses says which and why, without addresses and passwords', async () => {
  const { redisUrl, databaseUrl } = on.servers;
  const wrong = (url: string, change: (url: URL) => void) => {
    const changed = new URL(url);
    change(changed);
    return changed.href;
  };
  const passwordless = connectRedis(
    wrong(redisUrl, (url) => Object.assign(url, { password: '' })),
    quiet,
  );
  const network = await FaultProxy.start();
  onTestFinished(() => network.stop());
  const stranger = connectRedis(
    network.through(wrong(redisUrl, (url) => Object.assign(url, { username: 'stranger', password: 'secret' }))),
    quiet,
  );
  const elsewhere = createPrisma({
    databaseUrl: wrong(databaseUrl, (url) => Object.assign(url, { pathname: '/nowhere' })),
    max: 1,
  });
  const nats = new NatsTrouble(quiet);
  nats.noteError(new PermissionViolationError('', 'subscription', 'blue.seckill.user.ann'));
  const reasonsOf = async (redis: Redis) =>
    (await readReadiness({ nc: on.platform.nc, nats, redis, prisma: elsewhere, worker: undefined })).because;
  const others = [
    'In NATS, the user of NATS_URL or NATS_CREDS has no right to subscribe to blue.seckill.user.>. Grant it and restart this process.',
    'The database in DATABASE_URL does not exist.',
    'This worker has not started yet.',
  ];
  await expect.poll(() => reasonsOf(passwordless)).toEqual(['Redis wants a password. Put it into REDIS_URL.', ...others]);
  await expect.poll(() => reasonsOf(stranger)).toEqual(['Redis refuses the user or the password in REDIS_URL.', ...others]);
  await network.stop();
  await expect.poll(() => reasonsOf(stranger)).toEqual(['Redis is away.', ...others]);
  passwordless.disconnect();
  stranger.disconnect();
  await elsewhere.$disconnect();
});

test('a worker whose user NATS refuses ends at once, with one sentence', async () => {
  const { redisUrl, natsUrl, databaseUrl } = on.servers;
  const NATS_URL = natsUrl.replace(/:[^:@]*@/, ':secret@');
  const env = { ...process.env, NODE_ENV: 'test', REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, NATS_URL, LOG_LEVEL: 'error' };
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', main], { env, timeout: 60_000 });
  await expect(run).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'The order worker cannot start: NATS refuses the user of NATS_URL or NATS_CREDS.\n',
  });
});

test('a worker is not ready while a batch gets nowhere', async () => {
  const { nc, redis, prisma } = on.platform;
  const stuck = { oldestBatchMs: () => 16_000 };
  await eventually(async () => {
    const { ready, waitingFor, because } = await readReadiness({ nc, redis, prisma, worker: stuck });
    expect(ready).toBe(false);
    return waitingFor.join() === 'batches' && because.join().includes('16 s');
  }, 'that a batch is stuck');
});

test('the age of the oldest batch grows while its tables are locked, and ends with the batch', async () => {
  const { platform } = on;
  const worker = await platform.startWorker();
  const sale = await platform.openSale({ stock: 1 });
  await platform.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE orders IN SHARE MODE`;
    await platform.win(sale, ['waits']);
    await eventually(() => worker.oldestBatchMs() > 500, 'an old batch');
    await eventually(async () => {
      const { values } = await worker.context.metrics.oldestBatch.get();
      return (values[0]?.value ?? 0) > 0.5;
    }, 'its age as a metric');
  }, patientTransaction);
  await eventually(() => worker.oldestBatchMs() === 0, 'no batch');
  expect(await platform.prisma.order.count({ where: { saleId: sale.saleId } })).toBe(1);
});
