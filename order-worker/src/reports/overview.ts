import { type Overview, outboxSize, readItemState, saleStateAt } from 'seckill-core';
import { countDead } from '../listeners/operating/count-tasks.ts';
import { countRefunds } from '../payments/refunds/measure-refunds.ts';
import { countStuck } from '../sagas/measure-sagas.ts';
import { type SaleWithItems, saleSettings, withItems } from '../sales/sale-views.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { countWebhooks } from '../webhooks/measure-webhooks.ts';
import { countOrders, NO_ORDERS } from './count-orders.ts';
import type { DeadlinesOfSales } from './payment-deadlines.ts';
import { countDeadLetters, readQueues } from './queues.ts';

/** Newest first. */
const MOST_SALES = 50;

export type OverviewSource = Pick<WorkerContext, 'prisma' | 'nc' | 'redis' | 'clock'> & {
  readDeadlines: () => Promise<DeadlinesOfSales>;
};

/** Everything on the console's first page. Reads no order except the unpaid ones, so ten million orders take no longer than a thousand. */
export async function overview({ prisma, nc, redis, clock, readDeadlines }: OverviewSource): Promise<Overview> {
  const sales = await prisma.sale.findMany({ include: withItems, orderBy: { id: 'desc' }, take: MOST_SALES });
  const saleIds = sales.map((sale) => sale.id);
  const [orders, deadlines, statistics, revenue, queues, deadLetters, refunds, stuckSagas, webhooks, deadTasks] =
    await Promise.all([
      countOrders(prisma, saleIds),
      readDeadlines(),
      prisma.saleStatistics.findMany({ where: { saleId: { in: saleIds } } }),
      prisma.saleRevenue.findMany({ where: { saleId: { in: saleIds } }, orderBy: { currency: 'asc' } }),
      readQueues(nc),
      countDeadLetters(nc),
      countRefunds(prisma),
      countStuck({ prisma }),
      countWebhooks(prisma),
      countDead(prisma),
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
          orders: orders.get(sale.id) ?? NO_ORDERS,
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
    refusedRefunds: refunds.refused,
    stuckSagas,
    failingWebhooks: webhooks.failing,
    disabledWebhooks: webhooks.disabled,
    deadTasks,
  };
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
