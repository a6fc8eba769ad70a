import {
  type DeadLetter,
  isReservationId,
  itemIdOf,
  MalformedMessage,
  readReservation,
  STREAMS,
  type StockReserved,
  stockReserved,
} from 'seckill-core';
import type { Announcer } from '../orders/after-commit.ts';
import type { OrderState } from '../orders/order-state.ts';
import { rejectReservation } from '../orders/reject-reservation.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { deleteDeadLetter, findDeadLetter } from './find-dead-letters.ts';
import { originalIdOf } from './replay-dead-letter.ts';

export interface Discarded {
  seq: number;
  /** The win that the letter held, and its state now: REJECTED, or the state of its order. */
  reservation?: Pick<OrderState, 'orderId' | 'userId' | 'quantity' | 'status'>;
}

type Parts = Announcer & Pick<WorkerContext, 'prisma'>;

/**
 * Deletes a dead letter. If it held a win, the winner gets REJECTED and the units return before the letter is deleted: a crash in between
 * leaves a letter that can be discarded again. Throws NOT_FOUND.
 */
export async function discardDeadLetter(parts: Parts, seq: number): Promise<Discarded> {
  const { letter } = await findDeadLetter(parts.nc, seq);
  const win = letter?.stream === STREAMS.reservations.name ? await findWin(parts, letter) : undefined;
  const state = win === undefined ? undefined : await rejectReservation(parts, win, 'DISCARDED');
  await deleteDeadLetter(parts.nc, seq);
  if (state === undefined) return { seq };
  const { orderId, userId, quantity, status } = state;
  return { seq, reservation: { orderId, userId, quantity, status } };
}

/** Reads the win from the message. If the message is malformed, from Redis, under the reservation id that the message had. */
async function findWin(
  { redis, prisma }: Pick<Parts, 'redis' | 'prisma'>,
  letter: DeadLetter,
): Promise<StockReserved | undefined> {
  try {
    const win = stockReserved.decode(Buffer.from(letter.data, 'base64'));
    if (itemIdOf(win.reservationId) === win.itemId) return win;
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
  }
  const reservationId = originalIdOf(letter.messageId ?? '');
  if (!isReservationId(reservationId)) return undefined;
  const itemId = itemIdOf(reservationId);
  const [record, item] = await Promise.all([
    readReservation(redis, reservationId),
    prisma.item.findUnique({ where: { id: itemId }, select: { saleId: true } }),
  ]);
  if (record === undefined || item === null) return undefined;
  const { userId, quantity, reservedAt } = record;
  return { reservationId, itemId, saleId: item.saleId, userId, quantity, reservedAt };
}
