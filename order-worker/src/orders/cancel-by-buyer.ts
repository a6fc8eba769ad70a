import { Problem, retryAfterMs } from 'seckill-core';
import type { Order as OrderRow } from 'seckill-prisma';
import { type Closer, closePayments } from '../payments/close-payments.ts';
import { readUnclosed } from '../payments/stored-payments.ts';
import { gather } from '../servers/gather.ts';
import type { OrderWriter } from './after-commit.ts';
import { cancelOrders } from './cancel-orders.ts';
import { findOwnOrders, type OrderView, type OwnOrder, viewFound } from './order-view.ts';
import { rememberToFinish } from './remember-to-finish.ts';

/** Less than the buyer's call waits. */
const CLOSE_WITHIN_MS = 2_200;

interface Asked extends OwnOrder {
  /** The provider has closed the order's checkouts. */
  closed: boolean;
}

/** The order's checkout may be open, so its provider has to close it first. */
class CheckoutOpen extends Error {
  override readonly name = 'CheckoutOpen';
}

/**
 * Returns a function that cancels an unpaid order at its buyer's request. An open checkout is closed at its provider first. Idempotent, so a request
 * whose outcome is unknown can be repeated. Throws NOT_FOUND, NOT_CANCELLABLE, and UNAVAILABLE if the provider does not answer.
 */
export function buyersCanceller(parts: Closer & OrderWriter): (order: OwnOrder, giveUpAt?: number) => Promise<OrderView> {
  const cancel = gather((asked: Asked[]) => cancelByBuyers(parts, asked));
  return async ({ userId, orderId }, giveUpAt) => {
    const order = { userId, orderId };
    try {
      return await cancel({ ...order, closed: false }, giveUpAt);
    } catch (error) {
      if (!(error instanceof CheckoutOpen)) throw error;
    }
    await closeCheckouts(parts, orderId);
    try {
      return await cancel({ ...order, closed: true }, giveUpAt);
    } catch (error) {
      if (!(error instanceof CheckoutOpen)) throw error;
      throw new Problem('UNAVAILABLE', 'Another payment of this order was begun just now. Try again.', retryAfterMs());
    }
  };
}

async function closeCheckouts(parts: Closer, orderId: string): Promise<void> {
  const results = await closePayments(parts, await readUnclosed(parts.prisma, [orderId]), performance.now() + CLOSE_WITHIN_MS);
  const result = results.get(orderId);
  if (result?.state === 'paid') throw notCancellable(orderId, 'paid');
  if (result?.state === 'away') {
    const detail = 'The payment provider does not answer, so the order cannot be cancelled now. Try again.';
    throw new Problem('UNAVAILABLE', detail, retryAfterMs() + 1_000);
  }
}

/** One result for each request. */
async function cancelByBuyers(parts: OrderWriter, asked: readonly Asked[]): Promise<(OrderView | Problem | CheckoutOpen)[]> {
  const { prisma } = parts;
  const found = await findOwnOrders(prisma, asked);
  for (const closed of [false, true]) {
    const pending = found.filter((order, i) => isPending(order) && asked[i]?.closed === closed) as OrderRow[];
    await cancelPending(parts, pending, closed);
  }
  const now = (await findOwnOrders(prisma, asked)).map((order) => (order instanceof Problem ? order : cancelled(order)));
  const views = await viewFound(
    prisma,
    now.map((each) => (each instanceof CheckoutOpen ? new Problem('UNAVAILABLE') : each)),
  );
  return now.map((each, i) => (each instanceof CheckoutOpen ? each : (views[i] as OrderView | Problem)));
}

const isPending = (order: OrderRow | Problem): boolean => !(order instanceof Problem) && order.status === 'PENDING_PAYMENT';

async function cancelPending(parts: OrderWriter, pending: readonly OrderRow[], closed: boolean): Promise<void> {
  const ids = [...new Set(pending.map(({ id }) => id))];
  if (ids.length === 0) return;
  await rememberToFinish(parts, ids);
  await cancelOrders(parts, ids, 'buyer', { closed });
}

function cancelled(order: OrderRow): OrderRow | Problem | CheckoutOpen {
  if (order.status === 'CANCELLED' && order.reason === 'buyer') return order;
  if (order.status === 'PENDING_PAYMENT' && order.paying) return new CheckoutOpen();
  return notCancellable(order.id, order.status);
}

const notCancellable = (orderId: string, is: string): Problem =>
  new Problem('NOT_CANCELLABLE', `Order ${orderId} is ${is}; only an order that waits for payment can be cancelled.`);
