import { type OrderEventName, orderEvent, send } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { changedAt, type OrderState } from './order-state.ts';

const REASONED: ReadonlySet<OrderEventName> = new Set(['cancelled', 'rejected', 'refunded']);
/** An order is refunded only if the payment arrived after the cancel; the order's own reason is the one of the cancel. */
const REFUND_REASON = 'order-cancelled';

/** Publishes one event for each order and resolves when all are stored. A repeated event is stored once, under `<event>:<orderId>`. */
export async function publishOrderEvents(
  { publisher }: Pick<WorkerContext, 'publisher'>,
  name: OrderEventName,
  orders: readonly OrderState[],
): Promise<void> {
  await Promise.all(
    orders.map((order) => {
      const reason = name === 'refunded' ? REFUND_REASON : order.reason;
      const event = {
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
        ...(REASONED.has(name) && reason !== undefined ? { reason } : {}),
      };
      return send(publisher, orderEvent, event);
    }),
  );
}
