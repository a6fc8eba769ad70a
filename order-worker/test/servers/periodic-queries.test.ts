import { fillBooks } from 'dev';
import { writeSale } from 'seckill-core';
import { createPrisma, type PrismaClient } from 'seckill-prisma';
import { expect, test } from 'vitest';
import { runChecks } from '../../src/audit/audit-sale.ts';
import { openAudit } from '../../src/audit/evidence/audit-context.ts';
import { sweepUnpaid } from '../../src/orders/deadlines/sweep-unpaid.ts';
import { forgetEvents } from '../../src/payments/forget-events.ts';
import { RefundSender } from '../../src/payments/refunds/refund-sender.ts';
import { overview } from '../../src/reports/overview.ts';
import { deadlineReader } from '../../src/reports/payment-deadlines.ts';
import { readSaleRow, saleSettings } from '../../src/sales/sale-views.ts';
import { loadStatement } from '../../src/servers/statement.ts';
import { retireSales } from '../../src/stock/retire-sales.ts';
import { contextOf } from '../audit/books.ts';
import { eventually, usePlatform } from '../support/platform.ts';

const on = usePlatform();
const OVERDUE = 7;
const UNSENT = 20;
/** The name of the sessions whose statements count. */
const OURS = 'periodic';

/** Runs `work` in sessions that nothing else uses, and returns the large tables that they read from end to end. */
async function fullScansOf(work: (prisma: PrismaClient) => Promise<void>): Promise<string[]> {
  const { platform } = on;
  const before = await countFullScans();
  const prisma = createPrisma({ databaseUrl: `${platform.databaseUrl}?application_name=${OURS}`, max: 4 });
  await work(prisma);
  await prisma.$disconnect();
  // A session reports what it did when it ends.
  const sessions = () => platform.prisma.$queryRaw<unknown[]>`SELECT pid FROM pg_stat_activity WHERE application_name = ${OURS}`;
  await eventually(async () => (await sessions()).length === 0, 'the end of all sessions');
  const after = await countFullScans();
  return [...after.keys()].filter((table) => after.get(table) !== before.get(table));
}

async function countFullScans(): Promise<Map<string, number>> {
  const rows = await on.platform.prisma.$queryRaw<{ name: string; scans: number }[]>`
    SELECT relname AS name, seq_scan::int AS scans FROM pg_stat_user_tables
    WHERE relname IN ('orders', 'payments', 'refunds', 'payment_events')`;
  return new Map(rows.map(({ name, scans }) => [name, scans]));
}

/** Fifty sales: two are live and small, and those that are over have most of the orders. Resolves to their ids. */
async function fill(databaseUrl: string): Promise<string[]> {
  const over = await fillBooks(databaseUrl, { orders: 60_000, sales: 48, over: true });
  await fillBooks(databaseUrl, { orders: 4_000, sales: 2 });
  const { prisma } = on.platform;
  await prisma.$executeRaw`
    WITH late AS (
      INSERT INTO payments (id, order_id, amount_cents, currency, status)
      SELECT gen_random_uuid(), id, amount_cents, currency, 'REFUNDED' FROM orders WHERE status = 'CANCELLED' ORDER BY id LIMIT 5000
      RETURNING *
    )
    INSERT INTO refunds (id, payment_id, order_id, amount_cents, currency, reason, state, done_at)
    SELECT id, id, order_id, amount_cents, currency, 'order-cancelled', (CASE WHEN open THEN 'DECIDED' ELSE 'DONE' END)::refund_state,
      CASE WHEN NOT open THEN now() END
    FROM (SELECT *, row_number() OVER (ORDER BY id) <= ${UNSENT} AS open FROM late) late`;
  await prisma.$executeRaw`
    INSERT INTO payment_events (event_id, content) SELECT n::text, 'content' FROM generate_series(1, 5000) n`;
  await prisma.$executeRaw`
    UPDATE orders SET pay_by = now() - interval '1 minute' WHERE id IN (
      SELECT id FROM orders WHERE status = 'PENDING_PAYMENT' ORDER BY id LIMIT ${OVERDUE})`;
  await prisma.$executeRaw`VACUUM ANALYZE`;
  return over.map(({ saleId }) => saleId);
}

test('nothing that a worker does every few seconds reads orders, payments or refunds from end to end', {
  timeout: 180_000,
}, async () => {
  const { platform } = on;
  const [saleId = ''] = await fill(platform.databaseUrl);

  const ofTasks = await fullScansOf(async (prisma) => {
    const context = { ...contextOf(platform), prisma };
    await context.clock.read();
    // Past, and still in Redis.
    await writeSale(platform.redis, saleSettings(await readSaleRow(prisma, saleId)));
    expect(await sweepUnpaid(context)).toBe(OVERDUE);
    expect(await retireSales(context)).toBe(1);
    const refunds = new RefundSender(context).start();
    await eventually(() => platform.provider.refunds.length === UNSENT, 'every refund sent');
    await refunds.stop();
    expect(await forgetEvents(prisma)).toBe(0);
    const { sales } = await overview({ ...context, readDeadlines: deadlineReader(prisma) });
    expect(sales.filter(({ deadlines }) => deadlines !== undefined)).toHaveLength(2);
    const statement = loadStatement(new URL('../../src/audit/', import.meta.url).href, 'sales-to-audit');
    expect(await prisma.$queryRawUnsafe(statement, 50)).toHaveLength(2);
  });
  expect(ofTasks).toEqual([]);

  // The light audit reads every order of its sale, and no other.
  const ofAudit = await fullScansOf(async (prisma) => {
    const checks = await runChecks(await openAudit({ ...contextOf(platform), prisma }, saleId), { light: true });
    expect(checks.flatMap(({ found }) => (found.holds ? [] : [found.detail]))).toEqual([]);
  });
  expect(ofAudit).not.toContain('orders');
  expect(ofAudit).not.toContain('payments');
});
