import { advance, broadcast, type ReservationMove, type ReservationStatus, release, restocked } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import type { OrderState } from './order-state.ts';

/**
 * Moves the orders' reservations to `to` in Redis, one call for each item. A cancelled, rejected or refunded one gives back what it holds, once however
 * often this is called; if that ends a "sold out", the gateways receive a broadcast. Buyers who cancel or do not pay have to wait before they can win again.
 */
export async function moveReservations(
  { redis, nc, hoardingPauseMs: firstPauseMs = 0 }: Pick<WorkerContext, 'redis' | 'nc' | 'hoardingPauseMs'>,
  to: Exclude<ReservationStatus, 'RESERVED'>,
  orders: readonly OrderState[],
): Promise<void> {
  await Promise.all(
    [...movesByItem(orders)].map(async ([itemId, moves]) => {
      if (to === 'ORDERED' || to === 'PAID') return advance(redis, itemId, to, moves);
      const released = await release(redis, itemId, to, moves, to === 'CANCELLED' ? { firstPauseMs } : {});
      if (released.restocked) broadcast(nc, restocked, { itemId });
    }),
  );
}

function movesByItem(orders: readonly OrderState[]): Map<string, ReservationMove[]> {
  const items = new Map<string, ReservationMove[]>();
  for (const { itemId, orderId, userId, quantity, reservedAt, payBy } of orders) {
    const move = { reservationId: orderId, userId, quantity, reservedAt, payBy: Math.round(payBy) };
    const moves = items.get(itemId);
    if (moves === undefined) items.set(itemId, [move]);
    else moves.push(move);
  }
  return items;
}
