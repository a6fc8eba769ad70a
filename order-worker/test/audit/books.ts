import { jetstreamManager } from '@nats-io/jetstream';
import type { AdminSale, AuditFinding, RepairReport } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { createMetrics, DatabaseClock, type WorkerContext } from '../../src/index.ts';
import { ProviderSet } from '../../src/payments/provider-set.ts';
import { BackgroundPace } from '../../src/servers/background-pace.ts';
import { eventually, everyPage, itemIdOf, type Platform, quiet, users } from '../support/platform.ts';

/** A sale whose winners have their orders, and nothing is in flight. Resolves to the order ids too, in the order of the wins. */
export async function aSaleAtRest(platform: Platform, winners: number, settings: Parameters<Platform['openSale']>[0] = {}) {
  const sale = await platform.openSale({ stock: 50, ...settings });
  const wins = await platform.win(sale, users(winners));
  const ids = wins.map((win) => win.reservationId);
  await eventually(async () => {
    const states = await Promise.all(ids.map((id) => platform.statusInRedis(id)));
    return states.every((state) => state === 'ORDERED');
  }, `${winners} orders`);
  await statisticsSay(platform, sale, { created: winners });
  // The worker writes to Redis before it acknowledges: a redelivery would repair what a test is about to damage.
  await platform.comesToRest();
  return { sale, ids };
}

/** A listener makes the statistics from the events: once they say this, the events are stored and counted. */
export const statisticsSay = (platform: Platform, { saleId }: AdminSale, said: Partial<Counts>): Promise<void> =>
  eventually(
    async () => {
      const row = await platform.prisma.saleStatistics.findUnique({ where: { saleId } });
      return Object.entries(said).every(([column, count]) => row?.[column as keyof Counts] === BigInt(count));
    },
    `the statistics say ${JSON.stringify(said)}`,
  );

type Counts = Record<'created' | 'paid' | 'cancelled' | 'rejected' | 'refunded', number>;

/** The context that a worker gives to the audit, without a worker: nothing else repairs the sale. */
export function contextOf({ nc, publisher, redis, prisma, databaseUrl, provider }: Platform): WorkerContext {
  const clock = new DatabaseClock(prisma);
  return {
    nc,
    publisher,
    redis,
    prisma,
    databaseUrl,
    clock,
    pages: everyPage,
    providers: new ProviderSet([provider]),
    pace: new BackgroundPace(),
    log: quiet,
    metrics: createMetrics(),
    ackWaitMs: 5_000,
  };
}

export const repair = (platform: Platform, sale: AdminSale): Promise<RepairReport> => platform.run('repair', sale);

export const findingsOf = async (platform: Platform, sale: AdminSale): Promise<AuditFinding[]> =>
  (await platform.audit(sale)).findings ?? [];

/** Everything that a repair may change. */
export async function everythingOf({ redis, prisma, nc }: Platform, sale: AdminSale) {
  const { item, reservations, buyers, outbox, won } = itemKeys(itemIdOf(sale));
  const saleId = sale.saleId;
  const { state } = await (await jetstreamManager(nc)).streams.info('SECKILL_ORDERS');
  const orders = await prisma.order.findMany({ where: { saleId }, orderBy: { id: 'asc' } });
  return {
    redis: [
      await redis.hgetall(item),
      await redis.hgetall(reservations),
      await redis.hgetall(buyers),
      await redis.zrange(outbox, '0', '-1'),
      await redis.get(won),
    ],
    items: await prisma.item.findMany({ where: { saleId } }),
    orders,
    payments: await prisma.payment.findMany({
      where: { orderId: { in: orders.map(({ id }) => id) } },
      include: { refunds: true },
      orderBy: { id: 'asc' },
    }),
    statistics: await prisma.saleStatistics.findUnique({ where: { saleId } }),
    events: state.messages,
  };
}
