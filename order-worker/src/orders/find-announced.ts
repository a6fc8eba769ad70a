import type { Redis } from 'ioredis';
import { findReservations, type OrderEventName, type ReservationStatus, readItemState } from 'seckill-core';
import { changedAt, type OrderState } from './order-state.ts';

/** The states of a reservation in Redis that prove that an event was stored: the event comes first, and Redis last. */
const PROOFS = {
  created: ['ORDERED'],
  rejected: ['REJECTED'],
  paid: ['PAID'],
  cancelled: ['CANCELLED', 'REFUNDED'],
  refunded: ['REFUNDED'],
} as const satisfies Record<OrderEventName, readonly ReservationStatus[]>;

/** How far PostgreSQL's clock, which sets the time of a change, may be ahead of Redis's. */
const CLOCKS_APART_MS = 60_000;

/** Returns those of the orders for which Redis proves that the event is stored. */
export async function findAnnounced<Order extends OrderState>(
  redis: Redis,
  event: OrderEventName,
  orders: readonly Order[],
): Promise<Set<Order>> {
  const announced = new Set<Order>();
  const items = new Set(orders.map(({ itemId }) => itemId));
  await Promise.all(
    Array.from(items, async (itemId) => {
      const ofItem = orders.filter((order) => order.itemId === itemId);
      for (const order of await findOfItem(redis, itemId, event, ofItem)) announced.add(order);
    }),
  );
  return announced;
}

async function findOfItem<Order extends OrderState>(
  redis: Redis,
  itemId: string,
  event: OrderEventName,
  orders: readonly Order[],
): Promise<Order[]> {
  const ids = orders.map(({ orderId }) => orderId);
  const records = await findReservations(redis, itemId, ids);
  // A rebuild moves reservations too, and publishes nothing. It closes the item first, so the item must be read last.
  const { runId, reopensAt } = await readItemState(redis, itemId);
  if (runId === undefined) return [];
  const since = reopensAt === undefined ? 0 : reopensAt + CLOCKS_APART_MS;
  const proofs: readonly (ReservationStatus | undefined)[] = PROOFS[event];
  return orders.filter((order) => proofs.includes(records.get(order.orderId)?.status) && changedAt(event, order) >= since);
}
