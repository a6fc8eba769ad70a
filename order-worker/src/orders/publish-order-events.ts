import { type OrderEvent, type OrderEventName, sendOrderEvents } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { changedAt, type OrderState, versionAfter } from './order-state.ts';

const REASONED: ReadonlySet<OrderEventName> = new Set(['cancelled', 'rejected', 'refunded']);
/** An order is refunded only if the payment arrived after the cancel; the order's own reason is the one of the cancel. */
const REFUND_REASON = 'order-cancelled';

/** Publishes one event for each order and resolves when all are stored. `repeat` as of {@link sendOrderEvents}. */
export async function publishOrderEvents(
  { publisher }: Pick<WorkerContext, 'publisher'>,
  name: OrderEventName,
  orders: readonly OrderState[],
  { repeat = false } = {},
): Promise<void> {
  const events = orders.map((order) => eventOf(name, order));
  await sendOrderEvents(publisher, events, { repeat });
}

function eventOf(name: OrderEventName, order: OrderState): OrderEvent {
  const reason = name === 'refunded' ? REFUND_REASON : order.reason;
  return {
    event: name,
    orderId: order.orderId,
    saleId: order.saleId,
    itemId: order.itemId,
    userId: order.userId,
    quantity: order.quantity,
    amountCents: order.amountCents,
    currency: order.currency,
    reservedAt: order.reservedAt,
    at: Math.round(changedAt(name, order)),
    payBy: Math.round(order.payBy),
    version: versionAfter(name, order),
    ...(REASONED.has(name) && reason !== undefined ? { reason } : {}),
  };
}
