import type { Redis } from 'ioredis';
import { outboxSize, type ReservationStatus, readBuyers, readItemState, readReservations } from 'seckill-core';

/** Reads everything that Redis holds of an item: units, the outbox, units by user, and the state of each reservation. */
export async function readItem(redis: Redis, itemId: string) {
  const { live, stock } = await readItemState(redis, itemId);
  const held: Record<string, number> = {};
  for await (const { userId, units } of readBuyers(redis, itemId)) held[userId] = units;
  const reservations: Record<string, ReservationStatus> = {};
  for await (const portion of readReservations(redis, itemId)) {
    for (const { reservationId, status } of portion) reservations[reservationId] = status;
  }
  return { live, stock, outbox: await outboxSize(redis, itemId), held, reservations };
}
