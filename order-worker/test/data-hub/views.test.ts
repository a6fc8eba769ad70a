import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillBooks, root } from 'dev';
import { type AdminSale, calls, newId } from 'seckill-core';
import { beforeAll, expect, test } from 'vitest';
import { eventually, type Platform, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
let platform: Platform;

const guide = readFileSync(join(root, 'docs/data-hub.md'), 'utf8');
const rows = (sql: string, ...values: unknown[]) => platform.prisma.$queryRawUnsafe<Record<string, unknown>[]>(sql, ...values);
const inGuide = (heading: string): string => {
  const query = new RegExp(`-- ${heading}\\n([^\`]*?)\\n\`\`\``).exec(guide)?.[1];
  if (query === undefined) throw new Error(`docs/data-hub.md has no query "${heading}".`);
  return query;
};

beforeAll(() => {
  ({ platform } = on);
});

const isInRedis = (orderId: string, status: string) =>
  eventually(async () => (await platform.statusInRedis(orderId)) === status, `${orderId} is ${status}`);

async function pay(sale: AdminSale, userId: string): Promise<string> {
  const [win] = await platform.win(sale, [userId]);
  const orderId = win?.reservationId ?? '';
  await isInRedis(orderId, 'ORDERED');
  const { paymentId } = await platform.call(calls.startPayment, { userId, orderId });
  await platform.reportPaid(orderId, paymentId);
  await isInRedis(orderId, 'PAID');
  return orderId;
}

test('the views say of a sale what its report and its orders say', { timeout: 120_000 }, async () => {
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 20 });
  await platform.openSale({ stock: 5 });
  const [first = '', second = ''] = [await pay(sale, 'a'), await pay(sale, 'b'), await pay(sale, 'c')];
  const wish = { reason: 'Broken.', returnUnits: true };
  await platform.call(calls.refundOrder, { orderId: first, ...wish, requestId: newId() });
  await isInRedis(first, 'REFUNDED');
  await platform.call(calls.refundOrder, { orderId: second, ...wish, amountCents: 250, requestId: newId() });
  const [cancelled] = await platform.win(sale, ['d']);
  await isInRedis(cancelled?.reservationId ?? '', 'ORDERED');
  await platform.call(calls.cancelOrder, { userId: 'd', orderId: cancelled?.reservationId ?? '' });
  await platform.win(sale, users(4));
  await platform.publish(users(20, 'late').map((userId) => platform.forged(sale, userId)));
  await platform.comesToRest();
  await eventually(
    async () => (await rows("SELECT FROM analytics_refunds WHERE state = 'DONE'")).length === 2,
    'both refunds are done',
  );

  const report = await platform.run('report', sale);
  const [funnel] = await rows('SELECT * FROM analytics_funnel WHERE sale_id = $1::uuid', sale.saleId);
  const { won, ordered, paid, rejected } = Object.fromEntries(
    Object.entries(funnel ?? {}).map(([key, value]) => [key, Number(value)]),
  );
  expect({ won, ordered }).toEqual({ won: report.funnel.won, ordered: report.funnel.ordered });
  expect({ paid, rejected }).toEqual({ paid: 3, rejected: report.orders.rejected });
  expect(funnel).toMatchObject({ began_to_pay: 3n, cancelled_by_buyer: 1n, cancelled_unpaid: 0n, refunded: 1n });

  const [net] = await rows(
    'SELECT sum(amount_minor - refunded_minor)::int AS net FROM analytics_orders WHERE sale_id = $1::uuid AND paid_at IS NOT NULL',
    sale.saleId,
  );
  expect(report.revenue).toEqual([{ currency: 'EUR', cents: net?.['net'] }]);
  const [minutes] = await rows(
    `SELECT sum(ordered)::int AS ordered, sum(paid)::int AS paid, sum(cancelled)::int AS cancelled, sum(refunded)::int AS refunded,
       sum(revenue_minor)::int AS revenue FROM analytics_minutes WHERE sale_id = $1::uuid`,
    sale.saleId,
  );
  expect(minutes).toEqual({ ordered: report.funnel.ordered, paid: 3, cancelled: 1, refunded: 1, revenue: 3_000 });
  const payments = await rows('SELECT status FROM analytics_payments WHERE sale_id = $1::uuid', sale.saleId);
  expect(payments).toHaveLength(3);
});

test('the queries of the guide run, and a query for one sale reads no other order', { timeout: 120_000 }, async () => {
  const [sale] = await fillBooks(on.servers.databaseUrl, { orders: 3_000, sales: 30 });
  for (const heading of ['Revenue by sale', 'The fastest minutes', 'How long payments take']) {
    const found = await rows(inGuide(heading));
    expect([heading, found.length > 0]).toEqual([heading, true]);
  }
  const plan = await rows(`EXPLAIN SELECT * FROM analytics_funnel WHERE sale_id = '${sale?.saleId}'`);
  const text = plan.map((row) => row['QUERY PLAN']).join('\n');
  expect(text).toContain('orders_item_id_idx');
});
