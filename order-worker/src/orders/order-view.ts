import { type calls, Problem } from 'seckill-core';
import type { Order as OrderRow, PrismaClient, Refund } from 'seckill-prisma';
import type { Static } from 'typebox';

/** Reads what was committed before the first statement. */
export const ONE_SNAPSHOT = { isolationLevel: 'RepeatableRead' } as const;

export type OrderView = Static<typeof calls.getOrder.reply>;

/** `refunds` are those of the order that no other one has replaced. */
export function orderView(order: OrderRow, itemTitle: string, refunds: readonly Refund[]): OrderView {
  return {
    orderId: order.id,
    reservationId: order.id,
    saleId: order.saleId,
    itemId: order.itemId,
    title: itemTitle,
    quantity: order.quantity,
    amountCents: Number(order.amountCents),
    currency: order.currency,
    status: order.status,
    payBy: order.payBy.toISOString(),
    createdAt: order.createdAt.toISOString(),
    ...(order.settledAt === null ? {} : { settledAt: order.settledAt.toISOString() }),
    ...(order.refundedAt === null ? {} : { refundedAt: order.refundedAt.toISOString() }),
    ...(order.reason === null ? {} : { reason: order.reason }),
    ...(refunds.length === 0 ? {} : { refunds: refunds.map(refundView) }),
  };
}

type RefundView = NonNullable<OrderView['refunds']>[number];

function refundView({ state, amountCents, currency, reason, createdAt, doneAt, refusedAt }: Refund): RefundView {
  const ended = state === 'DONE' || state === 'REFUSED' ? state : undefined;
  return {
    state: ended ?? 'UNDER_WAY',
    amountCents: Number(amountCents),
    currency,
    reason: reason as RefundView['reason'],
    at: ((ended === 'DONE' ? doneAt : ended === 'REFUSED' ? refusedAt : undefined) ?? createdAt).toISOString(),
  };
}

/** An order that a buyer asks for as their own. */
export interface OwnOrder {
  userId: string;
  orderId: string;
}

export const unknownOrder = (orderId: string): Problem => new Problem('NOT_FOUND', `You have no order ${orderId}.`);

/** One result for each: NOT_FOUND in the place of an order that does not exist or belongs to another user. */
export async function findOwnOrders(
  { order: orders }: Pick<PrismaClient, 'order'>,
  asked: readonly OwnOrder[],
): Promise<(OrderRow | Problem)[]> {
  const rows = await orders.findMany({ where: { id: { in: [...new Set(asked.map(({ orderId }) => orderId))] } } });
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  return asked.map(({ userId, orderId }) => {
    const row = rowOf.get(orderId);
    return row?.userId === userId ? row : unknownOrder(orderId);
  });
}

/** Views of orders that were read just before. Those with refunds are read again, in one snapshot: a refund that ends in between changes its order too. */
export async function viewOrders(prisma: PrismaClient, found: readonly OrderRow[]): Promise<OrderView[]> {
  const titles = await titlesOf(prisma, found);
  const refunded = new Set((await prisma.refund.findMany(refundsOf(found))).map(({ orderId }) => orderId));
  if (refunded.size === 0) return viewsOf(found, titles, []);
  const [rows, refunds] = await prisma.$transaction(
    [prisma.order.findMany({ where: { id: { in: [...refunded] } } }), prisma.refund.findMany(refundsOf(found))],
    ONE_SNAPSHOT,
  );
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  const orders = found.map((order) => rowOf.get(order.id) ?? order);
  return viewsOf(orders, titles, refunds);
}

/** A refund that was replaced by another says nothing about the money any more. */
const refundsOf = (orders: readonly OrderRow[]) => ({
  where: { orderId: { in: orders.map(({ id }) => id) }, retriedBy: null },
  orderBy: [{ createdAt: 'asc' as const }, { id: 'asc' as const }],
});

/** By item. */
async function titlesOf({ item }: Pick<PrismaClient, 'item'>, orders: readonly OrderRow[]): Promise<Map<string, string>> {
  const items = await item.findMany({
    where: { id: { in: [...new Set(orders.map((order) => order.itemId))] } },
    select: { id: true, title: true },
  });
  return new Map(items.map(({ id, title }) => [id, title]));
}

function viewsOf(orders: readonly OrderRow[], titles: ReadonlyMap<string, string>, refunds: readonly Refund[]): OrderView[] {
  const ofOrder = (id: string) => (refunds.length === 0 ? [] : refunds.filter(({ orderId }) => orderId === id));
  return orders.map((order) => orderView(order, titles.get(order.itemId) ?? '', ofOrder(order.id)));
}

/** As {@link viewOrders}; problems stay in their places. */
export async function viewFound(prisma: PrismaClient, found: readonly (OrderRow | Problem)[]): Promise<(OrderView | Problem)[]> {
  const rows = found.filter((each): each is OrderRow => !(each instanceof Problem));
  const views = new Map((await viewOrders(prisma, rows)).map((view) => [view.orderId, view]));
  return found.map((each) => (each instanceof Problem ? each : (views.get(each.id) ?? unknownOrder(each.id))));
}
