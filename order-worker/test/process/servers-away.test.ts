import { startServers } from 'dev';
import { connectNats } from 'seckill-core';
import { createPrisma, migrate } from 'seckill-prisma';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectRedis } from '../../src/index.ts';
import { eventually, Platform, quiet } from '../support/platform.ts';

/** Servers of this file's own, since it stops them. */
let servers: Awaited<ReturnType<typeof start>>;
let platform: Platform;

const start = () => startServers({ redis: {}, nats: {}, postgres: { durable: false } }, { label: 'worker-test' });

beforeAll(async () => {
  servers = await start();
  const databaseUrl = servers.postgres.url;
  await migrate({ databaseUrl });
  platform = new Platform({
    nc: await connectNats(servers.nats.url, 'test'),
    redis: connectRedis(servers.redis.url, quiet),
    prisma: createPrisma({ databaseUrl, max: 20 }),
    databaseUrl,
  });
});
afterAll(async () => {
  await platform.stopWorkers();
  await platform.publisher.close();
  await platform.nc.close();
  platform.redis.disconnect();
  await platform.prisma.$disconnect();
  await servers.stop();
});

async function ordersOf(saleId: string): Promise<number> {
  return platform.prisma.order.count({ where: { saleId } }).catch(() => -1);
}

test.for(['postgres', 'redis', 'nats'] as const)(
  '%s killed in the middle of a sale and back: nothing is lost, and no person is needed',
  {
    timeout: 240_000,
  },
  async (name) => {
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 3_000, payTimeoutSeconds: 600 });
    const all = Array.from({ length: 3_000 }, (_, i) => `${name}-${i}`);
    const wins = await platform.reserve(sale, all);
    const publishing = (async () => {
      for (let from = 0; from < wins.length; from += 250) {
        // As a gateway does: what is not acknowledged stays in the outbox.
        await platform.publish(wins.slice(from, from + 250)).catch(() => undefined);
      }
    })();
    await eventually(async () => (await ordersOf(sale.saleId)) > 0, 'the first orders');
    await servers[name].kill();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await servers[name].restart();
    await publishing;

    await eventually(async () => (await ordersOf(sale.saleId)) === 3_000, 'an order for each winner', 60_000);
    await eventually(
      async () => (await platform.eventCounts(sale).catch(() => ({ created: 0 })))['created'] === 3_000,
      'their events',
      60_000,
    );
    await eventually(async () => (await platform.audit(sale).catch(() => ({ holds: false }))).holds, 'the audit', 60_000);
    expect(await platform.deadLetters()).toEqual([]);
    await platform.stopWorkers();
  },
);
