import { type calls, Problem } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';
import { cutPage } from '../servers/cut-page.ts';
import { findOwnOrders, type OrderView, type OwnOrder, viewFound, viewOrders } from './order-view.ts';

type Listing = Static<typeof calls.listOrders.request>;
type Listed = Static<typeof calls.listOrders.reply>;
type Asked = Static<typeof calls.findReservation.request>;
type Found = Static<typeof calls.findReservation.reply>;

/** A page of a user's orders, the newest first. Ids are UUIDv7, so they sort by time. */
export async function listOrders(prisma: PrismaClient, { userId, cursor, limit }: Listing): Promise<Listed> {
  const found = await prisma.order.findMany({
    where: { userId, ...(cursor === undefined ? {} : { id: { lt: cursor } }) },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const { rows: orders, ...next } = await cutPage(await viewOrders(prisma, found), limit, ({ orderId }) => orderId);
  return { orders, ...next };
}

export async function getOrders(prisma: PrismaClient, asked: readonly OwnOrder[]): Promise<(OrderView | Problem)[]> {
  return viewFound(prisma, await findOwnOrders(prisma, asked));
}

const RESERVATION_OF = { PENDING_PAYMENT: 'ORDERED', PAID: 'PAID', CANCELLED: 'CANCELLED', REFUNDED: 'REFUNDED' } as const;

/** The states of reservations that Redis no longer holds; NOT_FOUND in the place of one that is unknown or another user's. */
export async function findReservations(prisma: PrismaClient, asked: readonly Asked[]): Promise<(Found | Problem)[]> {
  const orders = await getOrders(
    prisma,
    asked.map(({ userId, reservationId }) => ({ userId, orderId: reservationId })),
  );
  const without = asked.filter((_, i) => orders[i] instanceof Problem).map(({ reservationId }) => reservationId);
  const rejections =
    without.length === 0 ? [] : await prisma.rejection.findMany({ where: { reservationId: { in: [...new Set(without)] } } });
  const rejected = new Map(rejections.map((rejection) => [rejection.reservationId, rejection.userId]));
  return asked.map(({ userId, reservationId }, i) => {
    const order = orders[i];
    if (order !== undefined && !(order instanceof Problem)) return { reservationId, status: RESERVATION_OF[order.status], order };
    if (rejected.get(reservationId) === userId) return { reservationId, status: 'REJECTED' };
    return new Problem('NOT_FOUND', `You have no reservation ${reservationId}.`);
  });
}
