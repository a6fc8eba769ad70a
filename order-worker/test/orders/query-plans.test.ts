import { fillBooks } from 'dev';
import { useTestServers } from 'dev/test';
import { Client } from 'pg';
import { newId, newReservationId } from 'seckill-core';
import { createPrisma, type PrismaClient } from 'seckill-prisma';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStatement } from '../../src/servers/statement.ts';
import { explain as explainWith, type Joins, most, type Plan, stepsOf } from '../support/explain.ts';

const ORDERS = 30_000;
const ITEMS = 600;
const BATCH = 1_000;

const source = (folder: string) => new URL(`../../src/${folder}/`, import.meta.url).href;
const servers = useTestServers();
let prisma: PrismaClient;
let items: { itemId: string; saleId: string }[];

beforeAll(async () => {
  const sales = await fillBooks(servers.databaseUrl, { orders: ORDERS, sales: 20, itemsPerSale: ITEMS / 20 });
  items = sales.flatMap(({ saleId, itemIds }) => itemIds.map((itemId) => ({ itemId, saleId })));
  prisma = createPrisma({ databaseUrl: servers.databaseUrl, max: 2 });
});
afterAll(() => prisma.$disconnect());

const explain = (statement: string, parameters: unknown[], joins?: Joins) => explainWith(prisma, statement, parameters, joins);

/** As {@link explain}, of the statements in a function, once the session has kept their plans. */
async function explainInside(call: string, parametersOf: () => unknown[]): Promise<Plan[]> {
  const client = new Client({ connectionString: servers.databaseUrl });
  await client.connect();
  const plans: string[] = [];
  try {
    await client.query(`LOAD 'auto_explain'`);
    // PostgreSQL makes a new plan for each of the first five calls.
    for (let calls = 0; calls < 6; calls += 1) await client.query(call, parametersOf());
    for (const [name, value] of Object.entries({
      log_min_duration: 0,
      log_nested_statements: 'on',
      log_analyze: 'on',
      log_format: 'json',
    }))
      await client.query(`SET auto_explain.${name} = ${value}`);
    client.on('notice', ({ message = '' }) => plans.push(message.slice(message.indexOf('{'))));
    await client.query('SET client_min_messages = log');
    await client.query(call, parametersOf());
  } finally {
    await client.end();
  }
  return plans.flatMap((plan) => stepsOf((JSON.parse(plan) as { Plan: Plan }).Plan));
}

/** The planner may read a whole table rather than look up each row of a batch, and a few steps pass the batch on. The tests add orders themselves. */
const LINEAR = ORDERS + 20 * BATCH;

/** A thousand wins over all items, of as many users. */
function parametersOfWins(users: string): unknown[] {
  const wins = Array.from({ length: BATCH }, (_, i) => items[i % ITEMS] as (typeof items)[number]);
  return [
    wins.map(({ itemId }) => newReservationId(itemId)),
    wins.map(({ itemId }) => itemId),
    wins.map(({ saleId }) => saleId),
    wins.map((_, i) => `${users}-${i}`),
    wins.map(() => 1),
    wins.map(() => Date.now()),
  ];
}

const unpaidOrders = (take: number) =>
  prisma.order.findMany({ where: { status: 'PENDING_PAYMENT' }, select: { id: true, userId: true, version: true }, take });

describe('a batch of a thousand orders over 600 items, whatever the planner expects,', () => {
  test('is created in steps that grow with the batch, and reads no table from end to end', async () => {
    let calls = 0;
    const steps = await explainInside(
      'SELECT create_plain_orders($1::uuid[], $2::bpchar[], $3::uuid[], $4::text[], $5::int[], $6::float8[]) AS plain',
      () => parametersOfWins(`plain-${calls++}`),
    );
    expect(steps.length).toBeGreaterThan(20);
    expect(most(steps)).toBeLessThanOrEqual(3 * BATCH);
    expect(steps.filter((step) => step['Node Type'] === 'Seq Scan')).toEqual([]);
    expect(await prisma.order.count({ where: { userId: { startsWith: 'plain-' } } })).toBe(7 * BATCH);
  });

  test('is judged, and found again, in steps that grow with the batch', async () => {
    const parameters = parametersOfWins('buyer');
    const create = loadStatement(source('orders'), 'create-orders');

    expect(most(await explain(create, parameters, { nested: true }))).toBeLessThan(LINEAR);
    expect(most(await explain(create, parameters, { nested: true }))).toBeLessThan(LINEAR);
    expect(await prisma.order.count({ where: { userId: { startsWith: 'buyer-' } } })).toBe(BATCH);
  });

  test('is cancelled in steps that grow with the batch, and reads no table from end to end', async () => {
    const unpaid = (await unpaidOrders(7 * BATCH)).map(({ id }) => id);
    let calls = 0;
    const steps = await explainInside('SELECT cancel_orders($1::uuid[], $2)', () => {
      const ids = unpaid.slice(calls * BATCH, (calls + 1) * BATCH);
      calls += 1;
      return [ids, 'buyer'];
    });
    expect(steps.length).toBeGreaterThan(10);
    expect(most(steps)).toBeLessThanOrEqual(3 * BATCH);
    expect(steps.filter((step) => step['Node Type'] === 'Seq Scan')).toEqual([]);
    expect(await prisma.order.count({ where: { id: { in: unpaid }, status: 'CANCELLED' } })).toBe(7 * BATCH);
  });

  test.each([true, false])(
    'begins to be paid, and is paid, in steps that grow with the batch (nested loops: %s)',
    async (nested) => {
      const orders = await unpaidOrders(BATCH);
      const ids = orders.map(({ id }) => id);
      const payments = orders.map(() => newId());
      const each = (value: unknown) => orders.map(() => value);
      const [open, read, settle] = ['open-payments', 'reported-payments', 'settle-payments'].map((name) =>
        loadStatement(source('payments'), name),
      ) as [string, string, string];

      const wishes = [each(null), each(null), each(null), each('en')];
      const begin = await explain(open, [payments, ids, orders.map(({ userId }) => userId), ...wishes, ['http'], 15], { nested });
      const found = await explain(read, [ids, payments], { nested });
      const refunds = [[], [], [], [], []];
      const notices = [[], [], [], [], []];
      const seen = [ids, orders.map(({ version }) => version), payments, each('CREATED')];
      const failures = [each(null), each(null), []];
      const paid = [payments, each('SUCCEEDED'), ...refunds, ids, ...seen, each(null), ...notices, ...failures];
      const pay = await explain(settle, paid, { nested });

      expect(most([...begin, ...found, ...pay])).toBeLessThan(LINEAR);
      expect(await prisma.order.count({ where: { id: { in: ids }, status: 'PAID' } })).toBe(BATCH);
    },
  );
});

test('deleting old payment events reads only those, a portion at a time', async () => {
  await prisma.$executeRaw`
    INSERT INTO payment_events (event_id, content, received_at)
    SELECT n, 'said', now() - n * interval '1 hour' FROM generate_series(1, 20000) n`;
  await prisma.$executeRaw`ANALYZE payment_events`;
  const steps = await explain(loadStatement(source('payments'), 'forget-events'), [60, 100]);
  expect(most(steps)).toBe(100);
});

test('the sweep reads only orders that are overdue, not every unpaid one', async () => {
  await prisma.$executeRaw`UPDATE orders SET pay_by = now() - interval '1 minute' WHERE id IN (
    SELECT id FROM orders WHERE status = 'PENDING_PAYMENT' LIMIT 7)`;
  await prisma.$executeRaw`ANALYZE orders`;
  const steps = await explain(loadStatement(source('orders/deadlines'), 'overdue-orders'), [15, BATCH]);
  expect(most(steps)).toBe(7);
});
