import { itemKeys, outboxSize } from 'seckill-core';
import { readOrdersConsumer } from '../orders/orders-consumer.ts';
import type { AuditContext } from './audit-context.ts';
import type { Check } from './check.ts';
import { perItem, sum } from './check-books.ts';

/** Redis' counter against PostgreSQL's, without a look at any reservation or order: of items for which nothing is on its way. */
export const checkOfCounters = (context: AuditContext): Check => ({
  key: 'balance',
  name: 'Redis and PostgreSQL count the same units, where nothing is on its way',
  look: async () => {
    const before = await readCounters(context);
    const after = await readCounters(context);
    const moving = after.waiting > 0 || JSON.stringify(before) !== JSON.stringify(after);
    if (moving) return { holds: true, detail: 'units are on their way' };
    const drift = sum(after.items, ({ live, sold }) => Math.abs(live - sold));
    return {
      holds: drift === 0,
      drift,
      detail: perItem(after.items, ({ live, sold }) => `Redis counts ${live} held, sold ${sold}`),
    };
  },
  explain: ({ detail }) => [{ says: `${detail}.`, advice: 'The whole audit says which reservations they are.' }],
});

async function readCounters({ nc, redis, prisma, sale }: AuditContext) {
  const outboxes = await Promise.all(sale.items.map(({ id }) => outboxSize(redis, id)));
  const orders = await readOrdersConsumer(nc);
  const waiting = sum(outboxes, (size) => size) + (orders?.num_pending ?? 0) + (orders?.num_ack_pending ?? 0);
  const rows = await prisma.item.findMany({ where: { saleId: sale.id }, orderBy: { position: 'asc' } });
  const items = await Promise.all(
    rows.map(async ({ id, title, sold }) => ({ title, sold, live: Number((await redis.hget(itemKeys(id).item, 'live')) ?? 0) })),
  );
  return { waiting, items };
}
