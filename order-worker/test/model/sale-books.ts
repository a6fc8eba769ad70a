import type { Ground } from '../crash/ground.ts';
import { readItem } from '../support/item-in-redis.ts';
import { readStoredEvents } from '../support/stored-events.ts';

/** Everything that the servers hold of a sale, in a form that can be compared. Keyed by reservation id unless stated otherwise. */
export interface SaleBooks {
  /** PostgreSQL. */
  orders: Record<string, string>;
  rejections: readonly string[];
  /** Redis. */
  reservations: Record<string, string>;
  /** By item id: units of live orders in PostgreSQL, units held in Redis, stock and outbox there. */
  items: Record<string, { sold: number; live: number; stock: number; outbox: number }>;
  /** By item and user: the units that Redis counts against the limit. */
  held: Record<string, number>;
  /** Names of the stored events, sorted; a duplicate would appear twice. */
  events: Record<string, readonly string[]>;
  /** Counts by event, and the revenue of each currency. */
  statistics: Record<string, number>;
  /** By payment id, without payments that were started and never reported to a buyer. */
  payments: Record<string, string>;
  /** Payment ids: refunds that are done, and refunds that the provider received. */
  refunds: readonly string[];
  givenBack: readonly string[];
  /** What the provider received for this sale and did not refund. */
  keptCents: number;
}

export interface MoneyReceived {
  /** Amounts in cents by payment id that the provider has received. */
  received: ReadonlyMap<string, number>;
  /** Ids of payments that were reported to a buyer. */
  begun: ReadonlySet<string>;
}

export async function readSaleBooks(
  ground: Ground,
  { saleId, itemIds }: { saleId: string; itemIds: readonly string[] },
  { received, begun }: MoneyReceived,
): Promise<SaleBooks> {
  const { prisma, provider } = ground;
  const [orders, rejections, rows, inRedis, statistics, revenue, stored] = await Promise.all([
    prisma.order.findMany({ where: { saleId } }),
    prisma.rejection.findMany({ where: { saleId } }),
    prisma.item.findMany({ where: { saleId } }),
    Promise.all(itemIds.map(async (itemId) => ({ itemId, ...(await readItem(ground.redis, itemId)) }))),
    prisma.saleStatistics.findUnique({ where: { saleId } }),
    prisma.saleRevenue.findMany({ where: { saleId } }),
    readStoredEvents(ground.nc, saleId),
  ]);
  const orderIds = orders.map(({ id }) => id);
  const payments = await prisma.payment.findMany({ where: { orderId: { in: orderIds } } });
  const refunds = await prisma.refund.findMany({ where: { orderId: { in: orderIds } } });
  const givenBack = new Set(
    provider.refunds.map(({ payment }) => payment.paymentId).filter((paymentId) => received.has(paymentId)),
  );
  const events: Record<string, string[]> = {};
  for (const { orderId, event } of stored) events[orderId] = [...(events[orderId] ?? []), event].toSorted();
  const { saleId: _, ...counts } = statistics ?? { saleId };
  const money = Object.fromEntries(revenue.map(({ currency, cents }) => [currency, cents]));
  return {
    orders: Object.fromEntries(orders.map(({ id, status }) => [id, status])),
    rejections: rejections.map(({ reservationId }) => reservationId).toSorted(),
    reservations: Object.assign({}, ...inRedis.map((item) => item.reservations)),
    items: Object.fromEntries(
      inRedis.map(({ itemId, live, stock, outbox }) => {
        const sold = rows.find(({ id }) => id === itemId)?.sold ?? Number.NaN;
        return [itemId, { sold, live: live ?? 0, stock: stock ?? 0, outbox }];
      }),
    ),
    held: Object.fromEntries(
      inRedis.flatMap(({ itemId, held }) => Object.entries(held).map(([userId, units]) => [`${itemId} ${userId}`, units])),
    ),
    events,
    statistics: withoutZeros({ ...counts, ...money }),
    payments: Object.fromEntries(
      payments
        .filter(({ id, status }) => !['CREATED', 'CLOSED'].includes(status) || begun.has(id))
        .map(({ id, status }) => [id, status]),
    ),
    refunds: refunds.flatMap(({ paymentId, state }) => (state === 'DONE' ? [paymentId] : [])).toSorted(),
    givenBack: [...givenBack].toSorted(),
    keptCents: Array.from(received).reduce((sum, [paymentId, cents]) => (givenBack.has(paymentId) ? sum : sum + cents), 0),
  };
}

const withoutZeros = (counts: Record<string, bigint>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).flatMap(([name, count]) => (count === 0n ? [] : [[name, Number(count)]])));
