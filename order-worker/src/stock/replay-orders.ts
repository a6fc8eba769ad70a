import { advance, release } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import type { WorkerContext } from '../worker-context.ts';
import { type RecordedReservation, recordedReservations } from './recorded-reservations.ts';

/**
 * Writes what PostgreSQL holds of an item into Redis: orders and rejections, each in its state. What has moved there meanwhile stays moved,
 * since every move is by state; what commits after the look tells Redis itself. Answers how many were replayed.
 */
export async function replayOrders(
  { redis }: Pick<WorkerContext, 'redis'>,
  tx: Prisma.TransactionClient,
  itemId: string,
): Promise<number> {
  let replayed = 0;
  for await (const rows of recordedReservations(tx, itemId)) {
    replayed += rows.length;
    await replayRecorded({ redis }, itemId, rows);
  }
  return replayed;
}

/** True where the item was sold out before, and is no longer. */
export async function replayRecorded(
  { redis }: Pick<WorkerContext, 'redis'>,
  itemId: string,
  rows: readonly RecordedReservation[],
): Promise<boolean> {
  const of = (...statuses: RecordedReservation['status'][]) => rows.filter((row) => statuses.includes(row.status));
  const [, , cancelled, rejected] = await Promise.all([
    advance(redis, itemId, 'ORDERED', of('PENDING_PAYMENT')),
    advance(redis, itemId, 'PAID', of('PAID')),
    release(redis, itemId, 'CANCELLED', of('CANCELLED', 'REFUNDED')),
    release(redis, itemId, 'REJECTED', of('REJECTED')),
  ]);
  await advance(redis, itemId, 'REFUNDED', of('REFUNDED'));
  return cancelled.restocked || rejected.restocked;
}
