import { type DeadLetter, isReservationId, itemIdOf, readReservation, STREAMS, type StockReserved } from 'seckill-core';
import type { Announcer } from '../orders/after-commit.ts';
import type { OrderState } from '../orders/order-state.ts';
import { rejectReservation } from '../orders/reject-reservation.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { deleteDeadLetter, findDeadLetter, winsOf } from './find-dead-letters.ts';
import { originalIdOf } from './replay-dead-letter.ts';

export interface Discarded {
  seq: number;
  /** The (first) win that the letter held, and its state now: REJECTED, or the state of its order. */
  reservation?: Pick<OrderState, 'orderId' | 'userId' | 'quantity' | 'status'>;
}

type Parts = Announcer & Pick<WorkerContext, 'prisma'>;

/**
 * Deletes a dead letter. If it held wins, each winner gets REJECTED and the units return before the letter is deleted: a crash in between
 * leaves a letter that can be discarded again. Throws NOT_FOUND.
 */
export async function discardDeadLetter(parts: Parts, seq: number): Promise<Discarded> {
  const { letter } = await findDeadLetter(parts.nc, seq);
  const wins = letter?.stream === STREAMS.reservations.name ? await findWins(parts, letter) : [];
  const states: OrderState[] = [];
  for (const win of wins) states.push(await rejectReservation(parts, win, 'DISCARDED'));
  await deleteDeadLetter(parts.nc, seq);
  const [state] = states;
  if (state === undefined) return { seq };
  const { orderId, userId, quantity, status } = state;
  return { seq, reservation: { orderId, userId, quantity, status } };
}

/** Reads the wins from the message: one, as a rule. If there is none, from Redis, under the reservation id that the message had. */
async function findWins({ redis, prisma }: Pick<Parts, 'redis' | 'prisma'>, letter: DeadLetter): Promise<StockReserved[]> {
  const wins = winsOf(letter).filter((win) => itemIdOf(win.reservationId) === win.itemId);
  const reservationId = originalIdOf(letter.messageId ?? '');
  if (wins.length > 0 || !isReservationId(reservationId)) return wins;
  const itemId = itemIdOf(reservationId);
  const [record, item] = await Promise.all([
    readReservation(redis, reservationId),
    prisma.item.findUnique({ where: { id: itemId }, select: { saleId: true } }),
  ]);
  if (record === undefined || item === null) return [];
  const { userId, quantity, reservedAt } = record;
  return [{ reservationId, itemId, saleId: item.saleId, userId, quantity, reservedAt }];
}
