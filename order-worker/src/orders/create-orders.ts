import { itemIdOf, type StockReserved } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { loadStatement } from '../servers/statement.ts';
import type { Committed } from './after-commit.ts';
import type { OrderState } from './order-state.ts';

const lockStatement = loadStatement(import.meta.url, 'lock-items');
const createStatement = loadStatement(import.meta.url, 'create-orders');
/** Locks and writes in one round trip, so that no lock waits for the network. */
const lockAndCreate = `-- create-orders: by the function lock_then_run
SELECT lock_then_run($1, $2, $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::int[], $8::float8[]) AS row`;

/** The state of a reservation after the batch. */
export type CreatedOrder = Required<Pick<Committed, 'payTimeoutSeconds'>> & Committed;

interface Row {
  reservationId: string;
  status: OrderState['status'];
  amountCents: number;
  currency: string;
  payBy: number;
  createdAt: number;
  settledAt: number;
  reason: string | null;
  fresh: boolean;
  payTimeoutSeconds: number;
}

/**
 * Creates an order for each reservation, or a rejection if it does not fit, in one transaction. Returns the state of each reservation by its
 * id, also if an earlier delivery created it; undefined if PostgreSQL has no such item in that sale.
 */
export async function createOrders(
  prisma: PrismaClient,
  reservations: readonly StockReserved[],
): Promise<Map<string, CreatedOrder | undefined>> {
  const batch = [...new Map(reservations.map((each) => [each.reservationId, each])).values()];
  const known = batch.filter((each) => itemIdOf(each.reservationId) === each.itemId);
  const states = new Map<string, CreatedOrder | undefined>(batch.map((each) => [each.reservationId, undefined]));
  if (known.length === 0) return states;
  const rows = await retryOnConflict(() =>
    prisma.$queryRawUnsafe<{ row: Row }[]>(
      lockAndCreate,
      lockStatement,
      createStatement,
      known.map((each) => each.reservationId),
      known.map((each) => each.itemId),
      known.map((each) => each.saleId),
      known.map((each) => each.userId),
      known.map((each) => each.quantity),
      known.map((each) => each.reservedAt),
    ),
  );
  const reservationOf = new Map(known.map((each) => [each.reservationId, each]));
  for (const { row } of rows) {
    const reservation = reservationOf.get(row.reservationId);
    if (reservation !== undefined) states.set(row.reservationId, stateOf(reservation, row));
  }
  return states;
}

function stateOf(reservation: StockReserved, row: Row): CreatedOrder {
  return {
    orderId: reservation.reservationId,
    saleId: reservation.saleId,
    itemId: reservation.itemId,
    userId: reservation.userId,
    quantity: reservation.quantity,
    amountCents: row.amountCents,
    currency: row.currency,
    reservedAt: reservation.reservedAt,
    status: row.status,
    payBy: row.payBy,
    createdAt: row.createdAt,
    settledAt: row.settledAt,
    reason: row.reason ?? undefined,
    fresh: row.fresh,
    payTimeoutSeconds: row.payTimeoutSeconds,
  };
}
