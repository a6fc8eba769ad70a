import { type calls, Problem } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';
import { findOrder, type OrderView, viewOrder, viewOrders } from './order-view.ts';

type Listing = Static<typeof calls.listOrders.request>;
type Asked = Static<typeof calls.findReservation.request>;
type Found = Static<typeof calls.findReservation.reply>;

/** Newest first: ids are UUIDv7, so they sort by time. */
export async function listOrders(prisma: PrismaClient, { userId, before, limit }: Listing): Promise<OrderView[]> {
  const orders = await prisma.order.findMany({
    where: { userId, ...(before === undefined ? {} : { id: { lt: before } }) },
    orderBy: { id: 'desc' },
    take: limit,
  });
  return viewOrders(prisma, orders);
}

export async function getOrder(
  prisma: PrismaClient,
  { userId, orderId }: { userId: string; orderId: string },
): Promise<OrderView> {
  return viewOrder(prisma, await findOrder(prisma, userId, orderId));
}

const RESERVATION_OF = { PENDING_PAYMENT: 'ORDERED', PAID: 'PAID', CANCELLED: 'CANCELLED', REFUNDED: 'REFUNDED' } as const;

/** Returns the state of a reservation that Redis no longer holds. Throws NOT_FOUND. */
export async function findReservation(prisma: PrismaClient, { userId, reservationId }: Asked): Promise<Found> {
  const order = await prisma.order.findUnique({ where: { id: reservationId } });
  if (order?.userId === userId) {
    return { reservationId, status: RESERVATION_OF[order.status], order: await viewOrder(prisma, order) };
  }
  const rejection = await prisma.rejection.findUnique({ where: { reservationId } });
  if (rejection?.userId === userId) return { reservationId, status: 'REJECTED' };
  throw new Problem('NOT_FOUND', `You have no reservation ${reservationId}.`);
}
