import { itemIdOf, type StockReserved } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { arrayLiteral, textArrayLiteral } from '../servers/array-literal.ts';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { loadStatement } from '../servers/statement.ts';
import type { Committed } from './after-commit.ts';
import type { OrderState } from './order-state.ts';

const lockStatement = loadStatement(import.meta.url, 'lock-items');
const judgeStatement = loadStatement(import.meta.url, 'create-orders');
/** Locks and writes in one round trip, so that no lock waits for the network. */
const createStatement = `-- create-orders: by the function create_orders
SELECT create_orders($1, $2, $3::uuid[], $4::bpchar[], $5::uuid[], $6::text[], $7::int[], $8::float8[]) AS row`;

/** The state of a reservation after the batch. */
export type CreatedOrder = Required<Pick<Committed, 'payTimeoutSeconds' | 'version'>> & Committed;

/** What all new orders of an item have in common. */
interface Terms {
  itemId: string;
  priceCents: number;
  currency: string;
  payTimeoutSeconds: number;
  createdAt: number;
}

interface Judged {
  reservationId: string;
  status: OrderState['status'];
  version: number;
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
    prisma.$queryRawUnsafe<{ row: Terms | Judged }[]>(
      createStatement,
      lockStatement,
      judgeStatement,
      arrayLiteral(known.map((each) => each.reservationId)),
      arrayLiteral(known.map((each) => each.itemId)),
      arrayLiteral(known.map((each) => each.saleId)),
      textArrayLiteral(known.map((each) => each.userId)),
      arrayLiteral(known.map((each) => each.quantity)),
      arrayLiteral(known.map((each) => each.reservedAt)),
    ),
  );
  const termsOf = new Map<string, Terms>();
  const judged = new Map<string, Judged>();
  for (const { row } of rows) {
    if ('itemId' in row) termsOf.set(row.itemId, row);
    else judged.set(row.reservationId, row);
  }
  for (const reservation of known) {
    const terms = termsOf.get(reservation.itemId);
    const row = terms === undefined ? judged.get(reservation.reservationId) : newOrder(reservation, terms);
    if (row !== undefined) states.set(reservation.reservationId, stateOf(reservation, row));
  }
  return states;
}

function newOrder({ reservationId, quantity }: StockReserved, { priceCents, createdAt, ...terms }: Terms): Judged {
  const isFree = priceCents === 0;
  return {
    reservationId,
    status: isFree ? 'PAID' : 'PENDING_PAYMENT',
    version: isFree ? 1 : 0,
    amountCents: priceCents * quantity,
    currency: terms.currency,
    payBy: createdAt + terms.payTimeoutSeconds * 1_000,
    createdAt,
    settledAt: isFree ? createdAt : 0,
    reason: null,
    fresh: true,
    payTimeoutSeconds: terms.payTimeoutSeconds,
  };
}

function stateOf(reservation: StockReserved, row: Judged): CreatedOrder {
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
    version: row.version,
    payBy: row.payBy,
    createdAt: row.createdAt,
    settledAt: row.settledAt,
    reason: row.reason ?? undefined,
    fresh: row.fresh,
    payTimeoutSeconds: row.payTimeoutSeconds,
  };
}
