import { type calls, Problem } from 'seckill-core';
import type { Order as OrderRow, PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';

export type OrderView = Static<typeof calls.getOrder.reply>;

function orderView(order: OrderRow, itemTitle: string): OrderView {
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

export async function viewOrders(prisma: PrismaClient, orders: readonly OrderRow[]): Promise<OrderView[]> {
  const items = await prisma.item.findMany({
    where: { id: { in: [...new Set(orders.map((order) => order.itemId))] } },
    select: { id: true, title: true },
  });
  const titles = new Map(items.map((item) => [item.id, item.title]));
  return orders.map((order) => orderView(order, titles.get(order.itemId) ?? ''));
}

/** As {@link viewOrders}; problems stay in their places. */
export async function viewFound(prisma: PrismaClient, found: readonly (OrderRow | Problem)[]): Promise<(OrderView | Problem)[]> {
  const rows = found.filter((each): each is OrderRow => !(each instanceof Problem));
  const views = new Map((await viewOrders(prisma, rows)).map((view) => [view.orderId, view]));
  return found.map((each) => (each instanceof Problem ? each : (views.get(each.id) ?? unknownOrder(each.id))));
}
