import { fillBooks } from 'dev';
import { useTestServers } from 'dev/test';
import { createPrisma, type PrismaClient } from 'seckill-prisma';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadStatement } from '../../src/servers/statement.ts';
import { explain, most } from '../support/explain.ts';

const ORDERS = 20_000;
const LANES = 100;
/** Of a lane whose far side hangs. */
const BACKLOG = 50_000;
const PLACES = 80;
const TAKEN = 3_200;

const source = (folder: string) => new URL(`../../src/${folder}/`, import.meta.url).href;
const servers = useTestServers();
let prisma: PrismaClient;

beforeAll(async () => {
  await fillBooks(servers.databaseUrl, { orders: ORDERS, sales: 2 });
  prisma = createPrisma({ databaseUrl: servers.databaseUrl, max: 2 });
  // Lane 1 is far behind, the others have 200 tasks each. All of them have done far more.
  await prisma.$executeRaw`
    INSERT INTO listener_tasks (lane, subject, event_id, type, rank, event, state, finished_at, created_at, next_try_at)
    SELECT 'lane/' || lane, gen_random_uuid(), 'created:' || n, 't', 0, '{}', (CASE WHEN n <= waiting THEN 'WAITING' ELSE 'DONE' END)::listener_task_state,
      CASE WHEN n > waiting THEN now() END, now() - interval '1 minute', now() - interval '1 minute'
    FROM generate_series(1, ${LANES}::int) lane, LATERAL (SELECT CASE WHEN lane = 1 THEN ${BACKLOG}::int ELSE 200 END AS waiting) w,
      generate_series(1, waiting + 500) n`;
  await prisma.$executeRaw`
    INSERT INTO sagas (order_id, name, step, next_try_at)
    SELECT id, 'after-paid', CASE WHEN row_number() OVER () % 10 = 0 THEN 'ship' ELSE 'points' END, now() - interval '1 minute' FROM orders`;
  await prisma.$executeRaw`ANALYZE`;
});
afterAll(() => prisma.$disconnect());

const lanes = Array.from({ length: LANES }, (_, i) => `lane/${i + 1}`);

describe('beside a large backlog,', () => {
  test.each([true, false])('due tasks are found in steps that grow with the places (nested loops: %s)', async (nested) => {
    const taken = await prisma.$queryRaw<{ id: bigint }[]>`
      SELECT t.id FROM unnest(${lanes}::text[]) l (lane)
      CROSS JOIN LATERAL (
        SELECT id FROM listener_tasks WHERE lane = l.lane AND state = 'WAITING' ORDER BY next_try_at, id LIMIT ${TAKEN / LANES}::int
      ) t`;
    const parameters = [lanes, lanes.map(() => PLACES), taken.map(({ id }) => String(id))];
    const steps = await explain(prisma, loadStatement(source('listeners/acting'), 'due-tasks'), parameters, { nested });
    expect(taken).toHaveLength(TAKEN);
    expect(most(steps)).toBeLessThanOrEqual(LANES * PLACES + TAKEN);
  });

  test.each([true, false])('sagas are claimed in steps that grow with the places (nested loops: %s)', async (nested) => {
    const claim = loadStatement(source('sagas'), 'claim-sagas');
    const steps = await explain(prisma, claim, ['after-paid', ['points', 'ship'], [PLACES, PLACES], 60], { nested });
    expect(most(steps)).toBeLessThanOrEqual(4 * PLACES);
  });

  test.each([true, false])('the history reads a page, not every order (nested loops: %s)', async (nested) => {
    const [order] = await prisma.$queryRaw<{ id: string }[]>`SELECT id::text FROM orders ORDER BY id OFFSET 5000 LIMIT 1`;
    const page = [order?.id, 200, 0, Date.now() + 1_000, null];
    const steps = await explain(prisma, loadStatement(source('history'), 'changed-since'), page, { nested });
    expect(most(steps)).toBeLessThanOrEqual(2 * 200);
  });

  test.each([true, false])(
    'a page of a warehouse is compared in steps that grow with the page (nested loops: %s)',
    async (nested) => {
      const [sale] = await prisma.sale.findMany({ take: 1 });
      const orders = await prisma.order.findMany({
        where: { saleId: sale?.id ?? '' },
        orderBy: { id: 'asc' },
        skip: 2_000,
        take: 500,
      });
      const ids = orders.map(({ id }) => id);
      const [after, upTo] = [ids[0], ids.at(-1)];
      const listed = JSON.stringify(ids.map((shipmentId) => ({ shipmentId, state: 'accepted', quantity: 1 })));
      const compare = loadStatement(source('audit/checks/shipments'), 'shipment-faults');
      const page = await explain(prisma, compare, [sale?.id, listed, after, upTo, null], { nested });
      // Orders of the other sale lie between. Reading a table of this size once is as cheap as looking its rows up.
      const bound = nested ? 4 * 500 : ORDERS;
      expect(most(page)).toBeLessThanOrEqual(bound);
      const [first, last] = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
      const again = await explain(prisma, compare, [sale?.id, listed, first, last, ids.slice(0, 200)], { nested });
      expect(most(again)).toBeLessThanOrEqual(bound);
    },
  );

  test('the deliveries of an endpoint are listed a page at a time', async () => {
    const page = ['lane/1', ['HELD', 'WAITING', 'DONE', 'DEAD'], null, null, null, 51];
    expect(most(await explain(prisma, loadStatement(source('webhooks'), 'list-deliveries'), page))).toBeLessThanOrEqual(51);
  });
});
