import { FaultProxy, type RunningServers, startServers, startStandby } from 'dev';
import { Client } from 'pg';
import { calls, type StockReserved } from 'seckill-core';
import { migrate } from 'seckill-prisma';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, Platform, users } from '../support/platform.ts';

/** Private servers: the primary dies. */
let servers: RunningServers<{ redis: object; nats: object; postgres: object }>;
/** The address of PostgreSQL, whichever server is behind it. */
let address: FaultProxy;
let platform: Platform;

beforeAll(async () => {
  servers = await startServers({ redis: {}, nats: {}, postgres: { durable: false } }, { label: 'promoted-standby' });
  address = await FaultProxy.start();
  const databaseUrl = address.through(servers.postgres.url);
  await migrate({ databaseUrl });
  platform = await Platform.connect({ redisUrl: servers.redis.url, natsUrl: servers.nats.url, databaseUrl });
});
afterAll(async () => {
  await platform?.close();
  await address?.stop();
  await servers?.stop();
});

async function ask<Row>(url: string, statement: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

const reach = (wins: readonly StockReserved[], status: string): Promise<void> =>
  eventually(async () => {
    const states = await Promise.all(wins.map(({ reservationId }) => platform.statusInRedis(reservationId)));
    return states.every((each) => each === status);
  }, `all are ${status}`);

async function pay({ userId, reservationId: orderId }: StockReserved): Promise<void> {
  const { paymentId } = await platform.call(calls.startPayment, { userId, orderId });
  await platform.reportPaid(orderId, paymentId);
}

test('an asynchronous standby that lacks the last orders, payments and cancels is promoted: they come back without a command', async () => {
  await Promise.all([platform.startWorker(), platform.startWorker()]);
  const sale = await platform.openSale({ stock: 10 });
  const early = await platform.win(sale, users(3, 'early'));
  await reach(early, 'ORDERED');
  await platform.comesToRest();
  const standby = await startStandby(servers.folder, servers.postgres);
  try {
    await ask(standby.url, "ALTER SYSTEM SET primary_conninfo = ''");
    await ask(standby.url, 'SELECT pg_reload_conf()');
    await eventually(
      async () => (await ask(standby.url, 'SELECT 1 FROM pg_stat_wal_receiver')).length === 0,
      'the standby follows no more',
    );

    const [paysLate, cancelsLate, waits] = early;
    const late = await platform.win(sale, users(4, 'late'));
    await reach(late, 'ORDERED');
    const [paid, cancelled, ...open] = late;
    if (!paysLate || !cancelsLate || !waits || !paid || !cancelled) throw new Error('All had won.');
    await Promise.all([pay(paysLate), pay(paid)]);
    for (const { userId, reservationId } of [cancelsLate, cancelled]) {
      await platform.call(calls.cancelOrder, { userId, orderId: reservationId });
    }
    await reach([paysLate, paid], 'PAID');
    await reach([cancelsLate, cancelled], 'CANCELLED');
    await platform.comesToRest();

    await servers.postgres.kill();
    await ask(standby.url, 'SELECT pg_promote()');
    expect(await ask(standby.url, 'SELECT id FROM orders')).toHaveLength(3);
    address.forwardTo(standby.port);

    const states = async () => {
      const orders = await platform.prisma.order.findMany({ orderBy: { userId: 'asc' } });
      return orders.map(({ userId, status }) => `${userId} ${status}`);
    };
    const wanted = [
      'early-0 PAID',
      'early-1 CANCELLED',
      'early-2 PENDING_PAYMENT',
      'late-0 PAID',
      'late-1 CANCELLED',
      'late-2 PENDING_PAYMENT',
      'late-3 PENDING_PAYMENT',
    ];
    await eventually(
      async () => JSON.stringify(await states().catch(() => [])) === JSON.stringify(wanted),
      'all orders as before',
    );
    await reach([waits, ...open], 'ORDERED');
    // Two workers may bring back parts of it; each counts a part once its commit is answered.
    const restored = async () => {
      const counts = await Promise.all(platform.workers.map(({ context }) => context.metrics.restored.get()));
      return counts.reduce((sum, { values }) => sum + (values[0]?.value ?? 0), 0);
    };
    await eventually(async () => (await restored()) >= 7, 'seven rows are counted as brought back');
    expect(await restored()).toBe(7);

    await platform.win(sale, users(5, 'next'));
    await platform.expectAuditHolds(sale);
    expect(await platform.left(sale)).toBe(0);
  } finally {
    await platform.stopWorkers();
    await standby.stop();
  }
}, 120_000);
