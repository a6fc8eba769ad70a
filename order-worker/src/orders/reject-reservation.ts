import type { StockReserved } from 'seckill-core';
import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../worker-context.ts';
import { publishOrderEvents, pushToBuyers } from './announce-orders.ts';
import { releaseReservations } from './move-reservations.ts';
import type { OrderState } from './order-state.ts';
import { unfinished } from './unfinished.ts';

const lockItems = loadStatement(import.meta.url, 'lock-items');
const rejectStatement = loadStatement(import.meta.url, 'reject-reservation');

type Rejected = Pick<OrderState, 'status' | 'saleId' | 'amountCents' | 'currency' | 'payBy' | 'createdAt' | 'settledAt'> & {
  reason: string;
  /** Noted by this call. */
  fresh: boolean;
};
type Parts = Pick<WorkerContext, 'prisma' | 'publisher' | 'redis' | 'nc' | 'clock'>;

/**
 * Ends a reservation that will become no order: its buyer is told REJECTED and its units return. Answers what it is afterwards: an order that was
 * made meanwhile stays. Idempotent: after a crash anywhere in between the same call does the rest.
 */
export async function rejectReservation(parts: Parts, reservation: StockReserved, reason: string): Promise<OrderState> {
  const { reservationId, itemId, saleId, userId, quantity, reservedAt } = reservation;
  const { prisma } = parts;
  const [, [row]] = await prisma.$transaction([
    prisma.$queryRawUnsafe(lockItems, [itemId]),
    prisma.$queryRawUnsafe<[Rejected]>(rejectStatement, reservationId, itemId, saleId, userId, quantity, reason),
  ]);
  const { fresh, ...found } = row;
  const state: OrderState = { ...found, orderId: reservationId, itemId, userId, quantity, reservedAt };
  if (state.status === 'REJECTED') {
    await announceRejected(parts, fresh ? [state] : await unfinished(parts, (each) => each.createdAt, ['REJECTED'], [state]));
  }
  return state;
}

/** Redis last: a reservation that is REJECTED there says that the event is stored. */
export async function announceRejected(parts: Omit<Parts, 'prisma' | 'clock'>, rejected: readonly OrderState[]): Promise<void> {
  if (rejected.length === 0) return;
  await publishOrderEvents(parts, 'rejected', rejected);
  await releaseReservations(parts, 'REJECTED', rejected);
  pushToBuyers(parts, 'REJECTED', rejected);
}
