import { inOneWrite, outboxSizes, readItemState } from 'seckill-core';
import { ORDER_LANES, readOrdersConsumer } from '../../../orders/orders-consumer.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { sum } from '../../evidence/books.ts';
import { type Check, ifInRedis, perItem } from '../check.ts';

/** Compares Redis' counter with PostgreSQL's and reads no reservation or order. While units are in flight it proves nothing. */
export const counters: Check = {
  key: 'balance',
  name: 'Redis and PostgreSQL count the same units when none are in flight',
  form: 'light',
  appliesTo: ifInRedis,
  inspect: async (context) => {
    const before = await readCounters(context);
    const after = await readCounters(context);
    const moving = after.waiting > 0 || JSON.stringify(before) !== JSON.stringify(after);
    if (moving) return { holds: true, detail: 'units are in flight' };
    const drift = sum(after.items, ({ live, sold }) => Math.abs(live - sold));
    const detail = perItem(after.items, ({ live, sold }) => `Redis counts ${live} held, sold ${sold}`);
    return { holds: drift === 0, drift, detail };
  },
  explain: (_, { detail }) => [{ says: `${detail}.`, advice: 'The full audit names the reservations.' }],
};

async function readCounters({ nc, redis, prisma, sale }: Pick<AuditContext, 'nc' | 'redis' | 'prisma' | 'sale'>) {
  const outboxes = await outboxSizes(
    redis,
    sale.items.map(({ id }) => id),
  );
  const lanes = await Promise.all(ORDER_LANES.map((lane) => readOrdersConsumer(nc, lane)));
  const waiting =
    sum(outboxes, (size) => size) + sum(lanes, (orders) => (orders?.num_pending ?? 0) + (orders?.num_ack_pending ?? 0));
  const rows = await prisma.item.findMany({ where: { saleId: sale.id }, orderBy: { position: 'asc' } });
  const read = async ({ id, title, sold }: (typeof rows)[number]) => ({
    title,
    sold,
    live: (await readItemState(redis, id)).live ?? 0,
  });
  const items = await Promise.all(inOneWrite(redis, () => rows.map(read)));
  return { waiting, items };
}
