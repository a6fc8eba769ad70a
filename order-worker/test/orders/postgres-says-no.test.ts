import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { FaultProxy } from 'dev';
import { Client } from 'pg';
import { calls, type Log, newId, paymentReceived, send } from 'seckill-core';
import { createPrisma, SESSION_LIMITS } from 'seckill-prisma';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readReadiness } from '../../src/servers/readiness.ts';
import { eventually, patientTransaction, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();

/** Sets PostgreSQL's default for new transactions, and ends all other sessions, so that it holds for every connection. */
async function setReadOnly(readOnly: boolean): Promise<void> {
  const client = new Client({ connectionString: on.platform.databaseUrl });
  await client.connect();
  await client.query('SET default_transaction_read_only = off');
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  await client.query(`ALTER DATABASE ${rows[0]?.name} SET default_transaction_read_only = ${readOnly}`);
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await client.end();
}

test('a table that is locked for longer than statements may take is an outage: the payment waits, and counts afterwards', async () => {
  const { platform } = on;
  const { prisma } = platform;
  const lines: string[] = [];
  const record = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const limits = { ...SESSION_LIMITS.orders, statementMs: 1_000 };
  const hasty = createPrisma({ databaseUrl: platform.databaseUrl, max: 6, limits });
  try {
    await platform.startWorker({
      log: { info: record, warn: record, error: record },
      prisma: hasty,
      reports: prisma,
      callPools: { buyers: prisma, operators: prisma },
    });
    const sale = await platform.openSale({ stock: 5, payTimeoutSeconds: 600 });
    const [payer] = await platform.win(sale, ['payer']);
    const orderId = payer?.reservationId ?? '';
    await eventually(async () => (await platform.order(orderId)) !== null, 'the order of the payer');
    const { paymentId } = await platform.call(calls.startPayment, { userId: 'payer', orderId });
    await prisma.$transaction(async (tx) => {
      await tx.$executeRaw`LOCK TABLE orders IN SHARE MODE`;
      await platform.reportPaid(orderId, paymentId);
      const held = () => lines.some((line) => line.startsWith('no message can be handled') && line.includes('"payments"'));
      await eventually(held, 'the consumer holds the payment');
    }, patientTransaction);
    await eventually(async () => (await platform.order(orderId))?.status === 'PAID', 'PAID');
    expect(await platform.deadLetters()).toEqual([]);
    await platform.expectAuditHolds(sale);
  } finally {
    await platform.stopWorkers();
    await hasty.$disconnect();
  }
});

test('a PostgreSQL that is read-only for a while is an outage: winners get their orders and payments count, without an operator', async () => {
  const { platform } = on;
  const lines: { fields: object; message: string }[] = [];
  const record = (fields: object, message: string) => void lines.push({ fields, message });
  const log: Log = { info: record, warn: record, error: record };
  await platform.startWorker({ log });
  const sale = await platform.openSale({ stock: 50, payTimeoutSeconds: 600 });
  const [payer] = await platform.win(sale, ['payer']);
  const orderId = payer?.reservationId ?? '';
  await eventually(async () => (await platform.order(orderId)) !== null, 'the order of the payer');
  const { paymentId } = await platform.call(calls.startPayment, { userId: 'payer', orderId });
  const order = await platform.order(orderId);

  await setReadOnly(true);
  const wins = await platform.win(sale, users(40, 'auth0-secret'));
  const event = { eventId: newId(), type: 'payment.succeeded', paymentId, orderId } as const;
  const money = { amountCents: Number(order?.amountCents), currency: order?.currency ?? '' };
  await send(platform.publisher, paymentReceived, { ...event, ...money });
  const held = (durable: string) =>
    lines.some(
      ({ fields, message }) =>
        message.startsWith('no message can be handled') && JSON.stringify(fields).includes(`"durable":"${durable}"`),
    );
  await eventually(() => held('orders') && held('payments'), 'both consumers hold their messages');

  await setReadOnly(false);
  const { prisma } = platform;
  // The sessions that were ended fail once more.
  const count = (where: object) => prisma.order.count({ where: { saleId: sale.saleId, ...where } }).catch(() => -1);
  await eventually(async () => (await count({ status: 'PAID' })) === 1, 'PAID');
  await eventually(async () => (await count({})) === wins.length + 1, 'an order for each winner');
  expect(await platform.deadLetters()).toEqual([]);
  await platform.expectAuditHolds(sale);
  expect(JSON.stringify(lines)).not.toContain('auth0-secret');
  expect(lines.filter(({ message }) => message.startsWith('no message can be handled')).length).toBeLessThanOrEqual(4);
});

/** A server that answers each new connection as PostgreSQL does while it starts. */
async function startStarting(): Promise<Server> {
  const fields = 'SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0';
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(fields.length + 4, 1);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([head, Buffer.from(fields)])));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('a worker without a restart goes on after PostgreSQL', { timeout: 120_000 }, () => {
  let network: FaultProxy;
  let role: string;
  let url: URL;

  const asAdministrator = async (sql: string) => {
    const client = new Client({ connectionString: on.platform.databaseUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };

  beforeAll(async () => {
    network = await FaultProxy.start();
    url = new URL(on.platform.databaseUrl);
    role = `worker_of_${url.pathname.slice(1)}`;
    // Not as a superuser: those are exempt from the limit of connections.
    await asAdministrator(`CREATE ROLE ${role} LOGIN PASSWORD 'worker'; GRANT "${url.username}" TO ${role}`);
    url.username = role;
    url.password = 'worker';
  });
  afterAll(async () => {
    await network.stop();
    await asAdministrator(`DROP ROLE ${role}`);
  });

  const endSessions = () => asAdministrator(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}'`);

  /** Each begins a fault, and returns what ends it. */
  const faults = {
    'ended its sessions and had no connection left (57P01, 53300)': async () => {
      await asAdministrator(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
      await endSessions();
      return () => asAdministrator(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
    },
    'ended its sessions and was starting (57P03)': async () => {
      const starting = await startStarting();
      network.forwardTo((starting.address() as AddressInfo).port);
      network.cut();
      return async () => {
        network.forwardTo(Number(url.port));
        await new Promise((resolve) => starting.close(resolve));
      };
    },
    'had a full disk (53100)': async () => {
      await asAdministrator(`
        CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'could not extend file: No space left on device';
        END $$;
        CREATE TRIGGER is_full BEFORE INSERT OR UPDATE ON orders EXECUTE FUNCTION is_full()`);
      return () => asAdministrator('DROP FUNCTION is_full CASCADE');
    },
  };

  test.each(Object.entries(faults))('%s', async (name, begin) => {
    const { platform } = on;
    const { nc, redis } = platform;
    const lines: string[] = [];
    const record = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
    const databaseUrl = network.through(url.href);
    const prisma = createPrisma({ databaseUrl, max: 6, limits: SESSION_LIMITS.orders });
    const worker = await platform.startWorker({ prisma, databaseUrl, log: { info: record, warn: record, error: record } });
    const sale = await platform.openSale({ stock: 20 });
    const [early] = await platform.win(sale, ['early']);
    const orders = () => platform.prisma.order.count({ where: { saleId: sale.saleId } });
    await eventually(async () => (await orders()) === 1, 'the order before the fault');
    const readiness = () => readReadiness({ nc, redis, prisma, worker });
    const find = () => platform.call(calls.getOrder, { userId: 'early', orderId: early?.reservationId ?? '' });

    const end = await begin();
    try {
      await platform.win(sale, users(10));
      await eventually(() => lines.some((line) => line.startsWith('no message can be handled')), 'the winners wait');
      // With a full disk, calls still read; only the age of the batch shows the fault.
      if (!name.includes('53100')) {
        await expect(find()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
        await expect.poll(readiness).toMatchObject({ ready: false, waitingFor: ['postgres'] });
      }
      expect(await orders()).toBe(1);
    } finally {
      await end();
    }

    await eventually(async () => (await orders()) === 11, 'an order for each winner');
    await eventually(async () => (await find().catch(() => undefined)) !== undefined, 'an answer to a call');
    await eventually(async () => (await readiness()).ready, 'readiness');
    expect(await platform.deadLetters()).toEqual([]);
    await platform.expectAuditHolds(sale);
    await platform.stopWorkers();
    await prisma.$disconnect();
  });
});
