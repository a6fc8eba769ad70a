import { fillBooks } from 'dev';
import { useTestServers } from 'dev/test';
import { newReservationId } from 'seckill-core';
import { createPrisma, type PrismaClient } from 'seckill-prisma';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStatement } from '../../src/servers/statement.ts';

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

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Plan[];
}

/** Runs the statement, and returns the steps of its plan. `nested`: the planner joins in nested loops, as it does if it expects few rows. */
async function explain(statement: string, parameters: unknown[], { nested = false } = {}): Promise<Plan[]> {
  const toggle = nested ? 'off' : 'on';
  const [, , rows] = await prisma.$transaction([
    prisma.$executeRawUnsafe(`SET LOCAL enable_hashjoin = ${toggle}`),
    prisma.$executeRawUnsafe(`SET LOCAL enable_mergejoin = ${toggle}`),
    prisma.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`, ...parameters),
  ]);
  const steps = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(steps)];
  return (rows[0]?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => steps(Plan));
}

/** Rows that a step produced or threw away, in all its loops. */
const touched = (step: Plan): number =>
  step['Actual Loops'] *
  (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Join Filter'] ?? 0));

const most = (steps: readonly Plan[]): number => Math.max(...steps.map(touched));

/** The planner may read a whole table rather than look up each row of a batch, and a few steps pass the batch on. */
const LINEAR = ORDERS + 5 * BATCH;

describe('a batch of a thousand orders over 600 items, whatever the planner expects,', () => {
  test('is created, and found again, in steps that grow with the batch', async () => {
    const wins = Array.from({ length: BATCH }, (_, i) => items[i % ITEMS] as (typeof items)[number]);
    const parameters = [
      wins.map(({ itemId }) => newReservationId(itemId)),
      wins.map(({ itemId }) => itemId),
      wins.map(({ saleId }) => saleId),
      wins.map((_, i) => `buyer-${i}`),
      wins.map(() => 1),
      wins.map(() => Date.now()),
    ];
    const create = loadStatement(source('orders'), 'create-orders');

    expect(most(await explain(create, parameters, { nested: true }))).toBeLessThan(LINEAR);
    expect(most(await explain(create, parameters, { nested: true }))).toBeLessThan(LINEAR);
    expect(await prisma.order.count({ where: { userId: { startsWith: 'buyer-' } } })).toBe(BATCH);
  });

  test('is cancelled in steps that grow with the batch', async () => {
    const orders = await prisma.order.findMany({ where: { status: 'PENDING_PAYMENT' }, select: { id: true }, take: BATCH });
    const ids = orders.map(({ id }) => id);

    const steps = await explain(loadStatement(source('orders'), 'cancel-orders'), [ids, 'buyer'], { nested: true });

    expect(most(steps)).toBeLessThan(LINEAR);
    expect(await prisma.order.count({ where: { id: { in: ids }, status: 'CANCELLED' } })).toBe(BATCH);
  });
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
