import type { StockReserved } from 'seckill-core';
import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { type Announcer, announce, type Committed } from './after-commit.ts';
import type { OrderState } from './order-state.ts';

const lockItems = loadStatement(import.meta.url, 'lock-items');
const rejectStatement = loadStatement(import.meta.url, 'reject-reservation');

type Rejected = Omit<Committed, 'orderId' | 'itemId' | 'userId' | 'quantity' | 'reservedAt'>;

/**
 * Ends a reservation that will become no order: its buyer gets REJECTED and its units return. Returns its state afterwards; an order that
 * was created in the meantime stays. Idempotent: after a crash the same call finishes the work.
 */
export async function rejectReservation(
  parts: Announcer & Pick<WorkerContext, 'prisma'>,
  reservation: StockReserved,
  reason: string,
): Promise<OrderState> {
  const { reservationId, itemId, saleId, userId, quantity, reservedAt } = reservation;
  const { prisma } = parts;
  const [, [row]] = await prisma.$transaction([
    prisma.$queryRawUnsafe(lockItems, [itemId]),
    prisma.$queryRawUnsafe<[Rejected]>(rejectStatement, reservationId, itemId, saleId, userId, quantity, reason),
  ]);
  const state = { ...row, orderId: reservationId, itemId, userId, quantity, reservedAt };
  if (state.status === 'REJECTED') await announce(parts, 'rejected', [state]);
  return state;
}
