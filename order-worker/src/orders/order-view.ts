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
    ...(order.reason === null ? {} : { reason: order.reason }),
  };
}

/** Throws NOT_FOUND if the order does not exist or belongs to another user. */
export async function findOrder(prisma: PrismaClient, userId: string, orderId: string): Promise<OrderRow> {
  const order = await prisma.order.findUnique({ where: { id: orderId } });
  if (order === null || order.userId !== userId) throw new Problem('NOT_FOUND', `You have no order ${orderId}.`);
  return order;
}

export async function viewOrders(prisma: PrismaClient, orders: readonly OrderRow[]): Promise<OrderView[]> {
  const items = await prisma.item.findMany({
    where: { id: { in: [...new Set(orders.map((order) => order.itemId))] } },
    select: { id: true, title: true },
  });
  const titles = new Map(items.map((item) => [item.id, item.title]));
  return orders.map((order) => orderView(order, titles.get(order.itemId) ?? ''));
}

export async function viewOrder(prisma: PrismaClient, order: OrderRow): Promise<OrderView> {
  const item = await prisma.item.findUnique({ where: { id: order.itemId }, select: { title: true } });
  return orderView(order, item?.title ?? '');
}
