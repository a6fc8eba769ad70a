import type { Delivery, PaymentDeadline } from 'seckill-core';
import type { WorkerContext } from '../../worker-context.ts';
import { CANCEL_BATCH_LIMIT, cancelOrders } from '../cancel-orders.ts';

/** PostgreSQL said that an order is still pending though due: somebody held its row. It will have decided by then. */
const LOOK_AGAIN_MS = 100;
const PORTIONS_AT_ONCE = 2;

/** Cancels what is due and unpaid; what is not due yet is held back until it is. */
export async function cancelUnpaid(context: WorkerContext, deliveries: readonly Delivery<PaymentDeadline>[]): Promise<void> {
  const now = context.clock.now();
  const due: Delivery<PaymentDeadline>[] = [];
  for (const delivery of deliveries) {
    if (delivery.value.dueAt > now) delivery.delay(delivery.value.dueAt - now);
    else due.push(delivery);
  }
  // Messages of few orders share an UPDATE; a message of many is an UPDATE of its own. While one is announced, the next is in PostgreSQL.
  const left = portions(due);
  const work = async () => {
    for (const portion of left) await cancelPortion(context, portion);
  };
  await Promise.all(Array.from({ length: PORTIONS_AT_ONCE }, work));
}

async function cancelPortion(context: WorkerContext, deliveries: readonly Delivery<PaymentDeadline>[]): Promise<void> {
  const ids = new Set(deliveries.flatMap((delivery) => delivery.value.orderIds));
  const orders = await cancelOrders(context, [...ids], 'unpaid');
  const waits = new Map<string, number>();
  for (const order of orders) {
    if (order.fresh) context.metrics.deadlineLatenessSeconds.observe((order.settledAt - order.payBy) / 1000);
    // This worker's guess of PostgreSQL's clock was ahead, or the row was in somebody's hands.
    if (order.status === 'PENDING_PAYMENT') waits.set(order.orderId, Math.max(order.payBy - order.now, LOOK_AGAIN_MS));
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
