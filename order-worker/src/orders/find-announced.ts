import type { Redis } from 'ioredis';
import { findReservations, type OrderChange, type ReservationStatus, readItemState } from 'seckill-core';
import { changedAt, type OrderState } from './order-state.ts';

/** The states of a reservation in Redis that prove that an event was stored: the event comes first, and Redis last. */
const PROOFS = {
  created: ['ORDERED'],
  rejected: ['REJECTED'],
  paid: ['PAID', 'REFUNDED'],
  cancelled: ['CANCELLED', 'REFUNDED'],
  refunded: ['REFUNDED'],
} as const satisfies Record<OrderChange, readonly ReservationStatus[]>;

/** How far PostgreSQL's clock, which sets the time of a change, may be ahead of Redis's. */
const CLOCKS_APART_MS = 60_000;

/** Returns those of the orders for which Redis proves that the event is stored. */
export async function findAnnounced<Order extends OrderState>(
  redis: Redis,
  event: OrderChange,
  orders: readonly Order[],
): Promise<Set<Order>> {
  const announced = await ofEachItem(orders, async (itemId, ofItem) => {
    const moved = await findMovedOfItem(redis, itemId, event, ofItem);
    // A rebuild moves reservations too, and publishes nothing. It closes the item first, so the item must be read last.
    const { runId, reopensAt } = await readItemState(redis, itemId);
    if (runId === undefined) return [];
    const since = reopensAt === undefined ? 0 : reopensAt + CLOCKS_APART_MS;
    return moved.filter((order) => changedAt(event, order) >= since);
  });
  return new Set(announced);
}

/** Returns those of the orders whose reservations have made the event's move in Redis, whatever moved them. */
export const findMoved = <Order extends OrderState>(
  redis: Redis,
  event: OrderChange,
  orders: readonly Order[],
): Promise<Order[]> => ofEachItem(orders, (itemId, ofItem) => findMovedOfItem(redis, itemId, event, ofItem));

async function findMovedOfItem<Order extends OrderState>(
  redis: Redis,
  itemId: string,
  event: OrderChange,
  orders: readonly Order[],
): Promise<Order[]> {
  const ids = orders.map(({ orderId }) => orderId);
  const records = await findReservations(redis, itemId, ids);
  const proofs: readonly (ReservationStatus | undefined)[] = PROOFS[event];
  return orders.filter((order) => proofs.includes(records.get(order.orderId)?.status));
}

async function ofEachItem<Order extends OrderState>(
  orders: readonly Order[],
  find: (itemId: string, ofItem: Order[]) => Promise<Order[]>,
): Promise<Order[]> {
  const items = new Set(orders.map(({ itemId }) => itemId));
  const found = await Promise.all(
    Array.from(items, (itemId) =>
      find(
        itemId,
        orders.filter((order) => order.itemId === itemId),
      ),
    ),
  );
  return found.flat();
}
