import { broadcast, type OrderEventName, orderEvent, type ReservationStatus, reservationChanged, send } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';
import type { OrderState } from './order-state.ts';

const REASONED: ReadonlySet<OrderEventName> = new Set(['cancelled', 'rejected', 'refunded']);

/** Publishes one event for each order and waits until all are stored. Sent again they are stored once, under `<event>:<orderId>`. */
export async function publishOrderEvents(
  { publisher }: Pick<WorkerContext, 'publisher'>,
  name: OrderEventName,
  orders: readonly OrderState[],
): Promise<void> {
  await Promise.all(
    orders.map((order) => {
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
        at: Math.round(name === 'created' || name === 'rejected' ? order.createdAt : order.settledAt),
        payBy: Math.round(order.payBy),
        ...(REASONED.has(name) && order.reason !== undefined ? { reason: order.reason } : {}),
      };
      return send(publisher, orderEvent, event);
    }),
  );
}

/** Tells the buyers' open pages; nobody waits for that, since a page reads the state when it connects. */
export function pushToBuyers({ nc }: Pick<WorkerContext, 'nc'>, status: ReservationStatus, orders: readonly OrderState[]): void {
  for (const order of orders) {
    const change = {
      reservationId: order.orderId,
      status,
      quantity: order.quantity,
      ...(order.payBy === 0 ? {} : { amountCents: order.amountCents, currency: order.currency, payBy: Math.round(order.payBy) }),
    };
    broadcast(nc, reservationChanged.to(order.userId), change);
  }
}
