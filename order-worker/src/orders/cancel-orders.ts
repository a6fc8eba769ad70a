import type { CancelReason } from 'seckill-core';
import { arrayLiteral } from '../servers/array-literal.ts';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { announce, type Committed, type OrderWriter } from './after-commit.ts';
import { wantClosing } from './closing/want-closing.ts';

const cancelStatement = `-- cancel-orders: by the function cancel_orders
SELECT cancel_orders($1::uuid[], $2) AS row`;
const cancelClosedStatement = `-- cancel-orders: by the function cancel_closed_orders
SELECT cancel_closed_orders($1::uuid[], $2) AS row`;

export interface CancelledOrder extends Committed {
  version: number;
  /** A checkout may be open. Such an order is cancelled after its provider has closed it. */
  paying: boolean;
  /** PostgreSQL's clock when it read the order, ms. */
  now: number;
}

type OwnColumn = 'orderId' | 'userId' | 'quantity' | 'amountCents' | 'reservedAt' | 'payBy' | 'createdAt';

/** Orders that differ in some columns only. Each of these is an array with an element for each order. */
type Alike = Omit<CancelledOrder, OwnColumn> & { [Column in OwnColumn]: CancelledOrder[Column][] };

/** Orders in one UPDATE: about 25 ms of PostgreSQL, for which a payment of one of them may have to wait. */
export const CANCEL_BATCH_LIMIT = 1_000;

export interface CancelOptions {
  /** Receives what this call cancelled, even if the announcement then fails. */
  counted?: (fresh: readonly CancelledOrder[]) => void;
  /** The providers have closed what was open of these orders. */
  closed?: boolean;
}

/** Whether an order is due and waits for its provider to close a checkout. */
export const waitsForProvider = ({ status, paying, payBy, now }: CancelledOrder): boolean =>
  status === 'PENDING_PAYMENT' && paying && payBy <= now;

/**
 * Cancels those of the orders that wait for payment and have no open checkout, returns their units and announces it. With the reason 'unpaid', only
 * orders that are due on PostgreSQL's clock; of these, the ones with an open checkout are handed to the closing of checkouts. Returns the state of each
 * order that exists. Idempotent: for an order that was cancelled before, it finishes what may have been left unfinished.
 */
export async function cancelOrders(
  parts: OrderWriter,
  orderIds: readonly string[],
  reason: CancelReason,
  { counted = () => {}, closed = false }: CancelOptions = {},
): Promise<CancelledOrder[]> {
  const statement = closed ? cancelClosedStatement : cancelStatement;
  const groups = await retryOnConflict(() =>
    parts.prisma.$queryRawUnsafe<{ row: Alike }[]>(statement, arrayLiteral(orderIds), reason),
  );
  const orders = groups.flatMap(({ row }) => ordersOf(row));
  const cancelled = orders.filter((order) => order.fresh);
  // Before the announcement: if that fails, the orders are not fresh at the next try.
  parts.metrics.ordersCancelled.inc({ reason }, cancelled.length);
  if (reason === 'unpaid' && !closed)
    for (const { settledAt, payBy } of cancelled) parts.metrics.deadlineLatenessSeconds.observe((settledAt - payBy) / 1000);
  counted(cancelled);
  if (reason === 'unpaid' && !closed)
    await wantClosing(
      parts.prisma,
      orders.filter(waitsForProvider).map(({ orderId }) => orderId),
    );
  await announce(
    parts,
    'cancelled',
    orders.filter((order) => order.status === 'CANCELLED'),
  );
  return orders;
}

function ordersOf(group: Alike): CancelledOrder[] {
  const { saleId, itemId, currency, status, reason, version, fresh, paying, settledAt, now } = group;
  return group.orderId.map((orderId, i) => ({
    orderId,
    saleId,
    itemId,
    userId: group.userId[i] as string,
    quantity: group.quantity[i] as number,
    amountCents: group.amountCents[i] as number,
    currency,
    reservedAt: group.reservedAt[i] as number,
    status,
    payBy: group.payBy[i] as number,
    createdAt: group.createdAt[i] as number,
    settledAt,
    reason,
    version,
    fresh,
    paying,
    now,
  }));
}
