import { type Overview, outboxSize, readItemState, saleStateAt } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { type SaleWithItems, saleSettings, withItems } from '../sales/sale-views.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { readDeadlines } from './payment-deadlines.ts';
import { countDeadLetters, readQueues } from './queues.ts';

/** Newest first. */
const MOST_SALES = 50;

/** Everything on the console's first page. */
export async function overview({
  prisma,
  nc,
  redis,
  clock,
}: Pick<WorkerContext, 'prisma' | 'nc' | 'redis' | 'clock'>): Promise<Overview> {
  const sales = await prisma.sale.findMany({ include: withItems, orderBy: { id: 'desc' }, take: MOST_SALES });
  const saleIds = sales.map((sale) => sale.id);
  const [orders, deadlines, statistics, revenue, queues, deadLetters] = await Promise.all([
    countOrders(prisma, saleIds),
    readDeadlines(prisma, saleIds),
    prisma.saleStatistics.findMany({ where: { saleId: { in: saleIds } } }),
    prisma.saleRevenue.findMany({ where: { saleId: { in: saleIds } }, orderBy: { currency: 'asc' } }),
    readQueues(nc),
    countDeadLetters(nc),
  ]);
  const statisticsOf = new Map(statistics.map((row) => [row.saleId, row]));
  const now = clock.now();
  return {
    serverTime: new Date(now).toISOString(),
    sales: await Promise.all(
      sales.map(async (sale) => {
        const counted = statisticsOf.get(sale.id);
        const due = deadlines.get(sale.id);
        return {
          saleId: sale.id,
          title: sale.title,
          state: saleStateAt(saleSettings(sale), now),
          startsAt: sale.startsAt.toISOString(),
          endsAt: sale.endsAt.toISOString(),
          stock: sale.items.reduce((sum, item) => sum + item.stock, 0),
          ...(await readStock(redis, sale)),
          orders: orders.get(sale.id) ?? { pendingPayment: 0, paid: 0, cancelled: 0, refunded: 0, rejected: 0 },
          ...(due === undefined ? {} : { deadlines: due }),
          statistics: {
            created: Number(counted?.created ?? 0),
            paid: Number(counted?.paid ?? 0),
            cancelled: Number(counted?.cancelled ?? 0),
            rejected: Number(counted?.rejected ?? 0),
            refunded: Number(counted?.refunded ?? 0),
            revenue: revenue
              .filter(({ saleId }) => saleId === sale.id)
              .map(({ currency, cents }) => ({ currency, cents: Number(cents) })),
          },
        };
      }),
    ),
    queues,
    deadLetters,
  };
}

type OrderCounts = Overview['sales'][number]['orders'];

async function countOrders(prisma: PrismaClient, saleIds: string[]): Promise<Map<string, OrderCounts>> {
  const rows = await prisma.$queryRaw<(OrderCounts & { saleId: string })[]>`
    SELECT i.sale_id AS "saleId",
      coalesce(sum(o.pending), 0)::int AS "pendingPayment", coalesce(sum(o.paid), 0)::int AS paid,
      coalesce(sum(o.cancelled), 0)::int AS cancelled, coalesce(sum(o.refunded), 0)::int AS refunded,
      coalesce(sum(r.rejected), 0)::int AS rejected
    FROM items i
    LEFT JOIN LATERAL (
      SELECT count(*) FILTER (WHERE status = 'PENDING_PAYMENT') AS pending, count(*) FILTER (WHERE status = 'PAID') AS paid,
        count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled, count(*) FILTER (WHERE status = 'REFUNDED') AS refunded
      FROM orders WHERE item_id = i.id
    ) o ON true
    LEFT JOIN LATERAL (SELECT count(*) AS rejected FROM rejections WHERE item_id = i.id) r ON true
    WHERE i.sale_id = ANY (${saleIds}::uuid[])
    GROUP BY i.sale_id`;
  return new Map(rows.map(({ saleId, ...counts }) => [saleId, counts]));
}

/** `left` is -1 if Redis has lost an item or does not answer. */
async function readStock(redis: WorkerContext['redis'], sale: SaleWithItems): Promise<{ left: number; outbox: number }> {
  try {
    const items = await Promise.all(
      sale.items.map(async ({ id }) => ({ left: (await readItemState(redis, id)).left, outbox: await outboxSize(redis, id) })),
    );
    const known = items.every((item) => item.left !== undefined);
    return {
      left: known ? items.reduce((sum, item) => sum + Math.max(0, item.left ?? 0), 0) : -1,
      outbox: items.reduce((sum, item) => sum + item.outbox, 0),
    };
  } catch {
    return { left: -1, outbox: 0 };
  }
}
