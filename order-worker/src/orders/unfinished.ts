import { itemKeys, parseReservationRecord, type ReservationStatus } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';
import type { OrderState } from './order-state.ts';

/** JetStream drops what it has seen under the same id for two minutes; a margin for clocks and for what is under way. */
const DEDUPLICATED_MS = 100_000;

/**
 * Of orders that an earlier delivery moved: those for which what follows the commit may not have been done. Redis comes last in
 * what follows, so a reservation that has moved there needs nothing more. Young ones are all done again: JetStream drops the repeated
 * events. Older ones would be stored twice, and are asked for in Redis first.
 */
export async function unfinished<Order extends OrderState>(
  { redis, clock }: Pick<WorkerContext, 'redis' | 'clock'>,
  movedAt: (order: Order) => number,
  done: readonly ReservationStatus[],
  orders: readonly Order[],
): Promise<Order[]> {
  const now = clock.now();
  const old = orders.filter((order) => now - movedAt(order) >= DEDUPLICATED_MS);
  if (old.length === 0) return [...orders];
  const records = await Promise.all(old.map((order) => redis.hget(itemKeys(order.itemId).reservations, order.orderId)));
  const finished = new Set(
    old.filter((_, i) => {
      const record = records[i];
      return record != null && done.includes(parseReservationRecord(record).status);
    }),
  );
  return orders.filter((order) => !finished.has(order));
}
