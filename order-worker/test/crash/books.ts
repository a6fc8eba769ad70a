import type { NatsConnection } from '@nats-io/transport-node';
import type { Redis } from 'ioredis';
import { itemIdOf, type OrderEvent } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { readItem } from '../support/item-in-redis.ts';
import { NOTICES, readAllStored, readStoredEvents } from '../support/stored-events.ts';

/** What the three servers hold of a reservation and its item. */
export interface Books {
  order: 'none' | 'REJECTED' | 'PENDING_PAYMENT' | 'PAID' | 'CANCELLED' | 'REFUNDED';
  reservation: 'missing' | 'RESERVED' | 'ORDERED' | 'PAID' | 'CANCELLED' | 'REJECTED' | 'REFUNDED';
  /** Units of the item: of live orders in PostgreSQL, held in Redis, and by the counters of its buyers there. */
  sold: number;
  live: number;
  heldByBuyers: number;
  outbox: number;
  events: Record<string, number>;
  /** Events of its payments and refunds that change no order. */
  notices: Record<string, number>;
  payments: readonly string[];
  /** Their states. */
  refunds: readonly string[];
}

/** The books of an item with one unit after its winner's order was created. */
export const ORDERED = {
  order: 'PENDING_PAYMENT',
  reservation: 'ORDERED',
  sold: 1,
  live: 1,
  heldByBuyers: 1,
  outbox: 0,
  events: { created: 1 },
} as const satisfies Partial<Books>;

/** The books after that order was cancelled. */
export const CANCELLED = {
  ...ORDERED,
  order: 'CANCELLED',
  reservation: 'CANCELLED',
  sold: 0,
  live: 0,
  heldByBuyers: 0,
  events: { created: 1, cancelled: 1 },
} as const satisfies Partial<Books>;

export async function readBooks(
  { nc, redis, prisma }: { nc: NatsConnection; redis: Redis; prisma: PrismaClient },
  saleId: string,
  reservationId: string,
): Promise<Books> {
  const itemId = itemIdOf(reservationId);
  const [order, rejection, item, inRedis, counts, payments, refunds] = await Promise.all([
    prisma.order.findUnique({ where: { id: reservationId } }),
    prisma.rejection.findUnique({ where: { reservationId } }),
    prisma.item.findUniqueOrThrow({ where: { id: itemId } }),
    readItem(redis, itemId),
    readAllStored(nc, saleId).then((stored) => countOf(reservationId, stored)),
    prisma.payment.findMany({ where: { orderId: reservationId }, orderBy: { id: 'asc' } }),
    prisma.refund.findMany({ where: { orderId: reservationId } }),
  ]);
  return {
    order: order?.status ?? (rejection === null ? 'none' : 'REJECTED'),
    reservation: inRedis.reservations[reservationId] ?? 'missing',
    sold: item.sold,
    live: inRedis.live ?? 0,
    heldByBuyers: Object.values(inRedis.held).reduce((sum, units) => sum + units, 0),
    outbox: inRedis.outbox,
    events: without(counts, (name) => NOTICES.has(name)),
    notices: without(counts, (name) => !NOTICES.has(name)),
    payments: payments.map((payment) => payment.status),
    refunds: refunds.map((refund) => refund.state),
  };
}

/** Stored events of a reservation, by name: `{ created: 1 }`. */
export const countEvents = async (nc: NatsConnection, saleId: string, orderId: string): Promise<Record<string, number>> =>
  countOf(orderId, await readStoredEvents(nc, saleId));

const without = (counts: Record<string, number>, isOther: (name: string) => boolean): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([name]) => !isOther(name)));

function countOf(of: string, stored: readonly OrderEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { event, orderId } of stored) if (orderId === of) counts[event] = (counts[event] ?? 0) + 1;
  return counts;
}
