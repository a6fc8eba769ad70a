import { itemKeys, orderEvent, parseReservationRecord } from 'seckill-core';
import type { Ground } from '../crash/ground.ts';

/** Everything that is written of a sale, wherever it is, in a form that can be compared. By reservation id unless said otherwise. */
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
  /** Names of the stored events, sorted: one twice would be there twice. */
  events: Record<string, readonly string[]>;
  statistics: Record<string, number>;
  /** By payment id. Payments that were begun and that nobody was told of are left out. */
  payments: Record<string, string>;
  /** Payment ids: refunds that were sent, and those that the provider was asked for. */
  refunds: readonly string[];
  givenBack: readonly string[];
  /** What the provider has of this sale and not given back. */
  keptCents: number;
}

export interface MoneyReceived {
  /** Amounts in cents by payment id: what the provider has taken. */
  received: ReadonlyMap<string, number>;
  /** Ids of payments that a buyer was told of. */
  begun: ReadonlySet<string>;
}

export async function readSaleBooks(
  ground: Ground,
  { saleId, itemIds }: { saleId: string; itemIds: readonly string[] },
  { received, begun }: MoneyReceived,
): Promise<SaleBooks> {
  const { prisma, provider } = ground;
  const [orders, rejections, rows, inRedis, statistics, messages] = await Promise.all([
    prisma.order.findMany({ where: { saleId } }),
    prisma.rejection.findMany({ where: { saleId } }),
    prisma.item.findMany({ where: { saleId } }),
    Promise.all(itemIds.map((itemId) => readItem(ground, itemId))),
    prisma.saleStatistics.findUnique({ where: { saleId } }),
    ground.messages('SECKILL_ORDERS', orderEvent.subject({ event: '*', saleId })),
  ]);
  const orderIds = orders.map(({ id }) => id);
  const payments = await prisma.payment.findMany({ where: { orderId: { in: orderIds } } });
  const refunds = await prisma.refund.findMany({ where: { orderId: { in: orderIds } } });
  const givenBack = new Set(provider.refunds.map(({ paymentId }) => paymentId).filter((paymentId) => received.has(paymentId)));
  const events: Record<string, string[]> = {};
  for (const { id } of messages) {
    const [name = '', orderId = ''] = id.split(':');
    events[orderId] = [...(events[orderId] ?? []), name].toSorted();
  }
  const { saleId: _, ...counts } = statistics ?? { saleId };
  return {
    orders: Object.fromEntries(orders.map(({ id, status }) => [id, status])),
    rejections: rejections.map(({ reservationId }) => reservationId).toSorted(),
    reservations: Object.assign({}, ...inRedis.map((item) => item.reservations)),
    items: Object.fromEntries(
      inRedis.map(({ itemId, live, stock, outbox }) => {
        const sold = rows.find(({ id }) => id === itemId)?.sold ?? Number.NaN;
        return [itemId, { sold, live, stock, outbox }];
      }),
    ),
    held: Object.assign({}, ...inRedis.map((item) => item.held)),
    events,
    statistics: withoutZeros(counts),
    payments: Object.fromEntries(
      payments.filter(({ id, status }) => status !== 'CREATED' || begun.has(id)).map(({ id, status }) => [id, status]),
    ),
    refunds: refunds.flatMap(({ paymentId, sentAt }) => (sentAt === null ? [] : [paymentId])).toSorted(),
    givenBack: [...givenBack].toSorted(),
    keptCents: Array.from(received).reduce((sum, [paymentId, cents]) => (givenBack.has(paymentId) ? sum : sum + cents), 0),
  };
}

async function readItem({ redis }: Ground, itemId: string) {
  const keys = itemKeys(itemId);
  const [item, records, buyers, outbox] = await Promise.all([
    redis.hmget(keys.item, 'live', 'stock'),
    redis.hgetall(keys.reservations),
    redis.hgetall(keys.buyers),
    redis.zcard(keys.outbox),
  ]);
  return {
    itemId,
    live: Number(item[0]),
    stock: Number(item[1]),
    outbox,
    reservations: Object.fromEntries(Object.entries(records).map(([id, record]) => [id, parseReservationRecord(record).status])),
    held: Object.fromEntries(Object.entries(buyers).map(([userId, units]) => [`${itemId} ${userId}`, Number(units)])),
  };
}

const withoutZeros = (counts: Record<string, bigint>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).flatMap(([name, count]) => (count === 0n ? [] : [[name, Number(count)]])));
