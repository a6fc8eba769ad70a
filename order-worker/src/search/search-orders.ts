import { type calls, Problem } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';
import { viewOrders } from '../orders/order-view.ts';
import { cutPage } from '../servers/cut-page.ts';
import type { OrderFinder } from './order-finder.ts';

type Asked = Static<typeof calls.searchOrders.request>;
type Found = Static<typeof calls.searchOrders.reply>;

/** A page of orders, the newest first, as PostgreSQL has them now. Throws VALIDATION_FAILED for a time that is none. */
export async function searchOrders(
  { prisma, finder }: { prisma: PrismaClient; finder: OrderFinder },
  { q, from, to, cursor, limit, ...query }: Asked,
): Promise<Found> {
  const { orderIds, next } = await finder.find(
    { ...query, text: q?.trim(), from: msOf('from', from), to: msOf('to', to), before: cursor },
    limit,
  );
  const rows = await prisma.order.findMany({ where: { id: { in: orderIds } }, orderBy: { id: 'desc' } });
  // The search may be a moment behind.
  const fitting = query.status === undefined ? rows : rows.filter(({ status }) => status === query.status);
  const views = await viewOrders(prisma, fitting);
  const userOf = new Map(fitting.map(({ id, userId }) => [id, userId]));
  const orders = views.map((view) => ({ ...view, userId: userOf.get(view.orderId) ?? '' }));
  const page = await cutPage(orders, limit, ({ orderId }) => orderId);
  const nextCursor = page.nextCursor ?? next;
  return { orders: page.rows, ...(nextCursor === undefined ? {} : { nextCursor }) };
}

function msOf(name: string, time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const ms = Date.parse(time);
  if (Number.isNaN(ms) || ms < 0) throw new Problem('VALIDATION_FAILED', `${name} "${time}" is not a time after 1970.`);
  return ms;
}
