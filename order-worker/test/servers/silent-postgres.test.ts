import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from 'dev';
import { isOutage } from 'seckill-core';
import { createPrisma, type PrismaClient, SESSION_LIMITS, type SessionLimits } from 'seckill-prisma';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOrders } from '../../src/index.ts';
import { Leadership, type LeadershipTimes } from '../../src/servers/leadership.ts';
import { loadStatement } from '../../src/servers/statement.ts';
import { eventually, itemIdOf, usePlatform } from '../support/platform.ts';

const on = usePlatform();
const lockItems = loadStatement(new URL('../../src/orders/create-orders.ts', import.meta.url).href, 'lock-items');
/** Those of orders, at a pace for a test. */
const SHORT: SessionLimits = {
  ...SESSION_LIMITS.orders,
  statementMs: 1_500,
  lockMs: 1_000,
  idleInTransactionMs: 1_000,
  silentMs: 2_000,
};

/** The network between one worker and PostgreSQL. When it stalls, no connection is closed and no byte arrives. */
let network: FaultProxy;
let url: string;
const pools: PrismaClient[] = [];

beforeEach(async () => {
  network = await FaultProxy.start();
  url = network.through(on.platform.databaseUrl);
});
afterEach(async () => {
  network.heal();
  await Promise.all(pools.splice(0).map((pool) => pool.$disconnect()));
  await network.stop();
});

function pool(databaseUrl: string): PrismaClient {
  const prisma = createPrisma({ databaseUrl, max: 2, limits: SHORT });
  pools.push(prisma);
  return prisma;
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the network of one worker goes silent', () => {
  test('while it holds the lock of an item: other workers create its orders, and the silent one gives up', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 5 });
    await platform.stopWorkers();
    let locked = () => {};
    const lock = new Promise<void>((resolve) => {
      locked = resolve;
    });
    const silent = pool(url).$transaction(
      async (tx) => {
        await tx.$queryRawUnsafe(lockItems, [itemIdOf(sale)]);
        network.stall();
        locked();
        await tx.$queryRaw`SELECT 1`;
      },
      { timeout: 60_000 },
    );
    const given = failure(silent);
    await Promise.race([lock, silent]);
    const win = platform.forged(sale, 'waits');
    const healthy = pool(platform.databaseUrl);
    // It may wait for the lock in vain once, as for any outage.
    await eventually(
      async () => {
        const made = await createOrders(healthy, [win]).catch(() => undefined);
        return made?.get(win.reservationId)?.status === 'PENDING_PAYMENT';
      },
      'the order',
      20_000,
    );
    expect(isOutage(await given)).toBe(true);
  });

  test('in the middle of a statement: the connection is destroyed, and the next statement has another', async () => {
    const prisma = pool(url);
    await prisma.$queryRaw`SELECT 1`;
    network.stall();
    expect(isOutage(await failure(prisma.$queryRaw`SELECT 1`))).toBe(true);
    network.heal();
    const [one] = await prisma.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    expect(one?.pid).toBeGreaterThan(0);
  });
});

describe('a leader', () => {
  /** At a pace for a test, with room for a busy machine, which may answer a ping two seconds late. The lease alone ends in time: not the connection. */
  const times: LeadershipTimes = {
    pingEveryMs: 200,
    leaseMs: 2_500,
    limits: { ...SESSION_LIMITS.leadership, idleMs: 4_000, silentMs: 20_000 },
  };

  test('whose network goes silent leads no more before the next one begins', async () => {
    const silent = new Leadership(url, 'test', times);
    const next = new Leadership(on.platform.databaseUrl, 'test', times);
    expect(await silent.take()).toBe(true);
    expect(await next.take()).toBe(false);
    network.stall();
    await eventually(
      async () => {
        const isNext = await next.take();
        // In this order: the lease may end while the next leader asks.
        if (isNext) expect(silent.held).toBe(false);
        return isNext;
      },
      'the next leader',
      30_000,
    );
    await Promise.all([silent.giveUp(), next.giveUp()]);
  });

  test('whose network is well leads on, however long it has nothing to do', async () => {
    const leader = new Leadership(url, 'steady', times);
    expect(await leader.take()).toBe(true);
    // Longer than the server lets a session without pings live. The lease alone may end for a moment, if the machine stands still.
    await sleep(1.5 * times.limits.idleMs);
    await eventually(() => leader.held, 'an answered ping', times.leaseMs);
    const other = new Leadership(on.platform.databaseUrl, 'steady', times);
    expect(await other.take()).toBe(false);
    await leader.giveUp();
    expect(await other.take()).toBe(true);
    await other.giveUp();
  });
});
