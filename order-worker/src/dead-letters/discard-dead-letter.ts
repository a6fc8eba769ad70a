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
import type { OrderState } from '../orders/order-state.ts';
import { rejectReservation } from '../orders/reject-reservation.ts';
import type { WorkerContext } from '../worker-context.ts';
import { deleteDeadLetter, findDeadLetter } from './find-dead-letters.ts';
import { originalIdOf } from './replay-dead-letter.ts';

export interface Discarded {
  seq: number;
  /** Whose win the letter was, and what has become of it: REJECTED, or the state of the order that there is. */
  reservation?: Pick<OrderState, 'orderId' | 'userId' | 'quantity' | 'status'>;
}

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'publisher' | 'redis' | 'clock'>;

/**
 * Takes a dead letter away for good. A winner whose message it was is told REJECTED and the units return, before the letter goes: a crash in
 * between leaves a letter that can be discarded again. Throws NOT_FOUND.
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

/** What the message says; where it cannot be read, what Redis knows of the reservation whose id the message had. */
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
