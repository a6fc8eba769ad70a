import type { Delivery, PaymentDeadline } from 'seckill-core';
import { atOnce } from '../../servers/at-once.ts';
import type { OrderWriter } from '../after-commit.ts';
import { CANCEL_BATCH_LIMIT, cancelOrders, waitsForProvider } from '../cancel-orders.ts';

/** Delay if an order is due but still pending, because another transaction held its row. By then that transaction has decided. */
const RETRY_MS = 100;
const PORTIONS_AT_ONCE = 2;

export interface ClosingWaker {
  /** Called if orders wait for their checkouts to be closed. */
  closingWanted?: () => void;
}

/** Cancels orders that are due and unpaid. Messages that are not due yet are delayed until they are. */
export async function cancelUnpaid(
  parts: OrderWriter & ClosingWaker,
  deliveries: readonly Delivery<PaymentDeadline>[],
  progress: () => void = () => {},
): Promise<void> {
  const now = parts.clock.now();
  const due: Delivery<PaymentDeadline>[] = [];
  for (const delivery of deliveries) {
    if (delivery.value.dueAt > now) delivery.delay(delivery.value.dueAt - now);
    else due.push(delivery);
  }
  // Messages with few orders share an UPDATE; a message with many gets its own. While one is announced, the next is in PostgreSQL.
  await atOnce(PORTIONS_AT_ONCE, [...portions(due)], async (portion) => {
    await cancelPortion(parts, portion);
    progress();
  });
}

async function cancelPortion(parts: OrderWriter & ClosingWaker, deliveries: readonly Delivery<PaymentDeadline>[]): Promise<void> {
  const ids = new Set(deliveries.flatMap((delivery) => delivery.value.orderIds));
  const orders = await cancelOrders(parts, [...ids], 'unpaid');
  const waits = new Map<string, number>();
  for (const order of orders) {
    if (waitsForProvider(order)) {
      // It is stored, so the message has done its work.
      parts.closingWanted?.();
      continue;
    }
    // This worker's estimate of PostgreSQL's clock was ahead, or another transaction held the row.
    if (order.status === 'PENDING_PAYMENT') waits.set(order.orderId, Math.max(order.payBy - order.now, RETRY_MS));
  }
  if (waits.size === 0) return;
  for (const delivery of deliveries) {
    const longest = Math.max(0, ...delivery.value.orderIds.map((id) => waits.get(id) ?? 0));
    if (longest > 0) delivery.delay(longest);
  }
}

function* portions(deliveries: readonly Delivery<PaymentDeadline>[]): Generator<Delivery<PaymentDeadline>[]> {
  let portion: Delivery<PaymentDeadline>[] = [];
  let orders = 0;
  for (const delivery of deliveries) {
    const more = delivery.value.orderIds.length;
    if (portion.length > 0 && orders + more > CANCEL_BATCH_LIMIT) {
      yield portion;
      portion = [];
      orders = 0;
    }
    portion.push(delivery);
    orders += more;
  }
  if (portion.length > 0) yield portion;
}
