import type { Redis } from 'ioredis';
import { advance, type ReservationStatus, release, replay } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { type RecordedReservation, recordedReservations } from './recorded-reservations.ts';

/** PostgreSQL's word for a reservation, and the status that Redis must hold then. */
export const MATCHING = {
  PENDING_PAYMENT: 'ORDERED',
  PAID: 'PAID',
  CANCELLED: 'CANCELLED',
  REFUNDED: 'REFUNDED',
  REJECTED: 'REJECTED',
} as const satisfies Record<RecordedReservation['status'], ReservationStatus>;

/**
 * Writes an item's orders and rejections from PostgreSQL into Redis, each in its state. A reservation that has moved on in Redis stays as it is,
 * and a transaction that commits later updates Redis afterwards. Returns how many were replayed.
 */
export async function replayOrders(redis: Redis, tx: Prisma.TransactionClient, itemId: string): Promise<number> {
  let replayed = 0;
  const portions = recordedReservations(tx, itemId);
  const work = async () => {
    for await (const rows of portions) {
      replayed += rows.length;
      const differing = await replay(redis, itemId, rows, MATCHING);
      if (differing.length > 0) await replayRecorded(redis, itemId, differing);
    }
  };
  // While Redis runs one portion, this process prepares the next, and PostgreSQL reads the one after.
  await Promise.all([work(), work()]);
  return replayed;
}

/** Returns whether the item was sold out before and no longer is. */
export async function replayRecorded(redis: Redis, itemId: string, rows: readonly RecordedReservation[]): Promise<boolean> {
  const of = (...statuses: RecordedReservation['status'][]) => rows.filter((row) => statuses.includes(row.status));
  const [, , cancelled, rejected] = await Promise.all([
    advance(redis, itemId, 'ORDERED', of('PENDING_PAYMENT')),
    advance(redis, itemId, 'PAID', of('PAID')),
    release(redis, itemId, 'CANCELLED', of('CANCELLED', 'REFUNDED')),
    release(redis, itemId, 'REJECTED', of('REJECTED')),
  ]);
  const refunded = await release(redis, itemId, 'REFUNDED', of('REFUNDED'));
  return cancelled.restocked || rejected.restocked || refunded.restocked;
}
