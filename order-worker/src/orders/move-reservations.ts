import { advance, broadcast, type ReservationMove, release, restocked } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';
import type { OrderState } from './order-state.ts';

/** Moves the orders' reservations on in Redis, item by item. */
export async function advanceReservations(
  { redis }: Pick<WorkerContext, 'redis'>,
  to: 'ORDERED' | 'PAID' | 'REFUNDED',
  orders: readonly OrderState[],
): Promise<void> {
  await Promise.all([...byItem(orders)].map(([itemId, moves]) => advance(redis, itemId, to, moves)));
}

/** Gives the units back in Redis, once however often it is called, and tells the gateways where an item is no longer sold out. */
export async function releaseReservations(
  { redis, nc }: Pick<WorkerContext, 'redis' | 'nc'>,
  to: 'CANCELLED' | 'REJECTED',
  orders: readonly OrderState[],
): Promise<void> {
  await Promise.all(
    [...byItem(orders)].map(async ([itemId, moves]) => {
      const released = await release(redis, itemId, to, moves);
      if (released.restocked) broadcast(nc, restocked, { itemId });
    }),
  );
}

function byItem(orders: readonly OrderState[]): Map<string, ReservationMove[]> {
  const items = new Map<string, ReservationMove[]>();
  for (const { itemId, orderId, userId, quantity, reservedAt, payBy } of orders) {
    const move = { reservationId: orderId, userId, quantity, reservedAt, payBy: Math.round(payBy) };
    const moves = items.get(itemId);
    if (moves === undefined) items.set(itemId, [move]);
    else moves.push(move);
  }
  return items;
}
