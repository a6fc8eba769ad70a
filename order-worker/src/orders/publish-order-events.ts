import { type OrderChange, type OrderEvent, type OrderEventName, sendOrderEvents } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { changedAt, type OrderState, versionAfter } from './order-state.ts';

const REASONED: ReadonlySet<OrderChange> = new Set(['cancelled', 'rejected']);
/** Earlier versions did not store which refund made an order REFUNDED. */
const EARLIER_REFUND_REASON = 'order-cancelled';

/** Publishes one event for each order and resolves when all are stored. `repeat` as of {@link sendOrderEvents}. */
export async function publishOrderEvents(
  { publisher }: Pick<WorkerContext, 'publisher'>,
  name: OrderChange,
  orders: readonly OrderState[],
  { repeat = false } = {},
): Promise<void> {
  const events = orders.map((order) => changeOf(name, order));
  await sendOrderEvents(publisher, events, { repeat });
}

/** Returns the event that reports a change of an order. */
export function changeOf(name: OrderChange, order: OrderState): OrderEvent {
  const happened = { at: changedAt(name, order), version: versionAfter(name, order) };
  if (name === 'refunded') {
    const { refund } = order;
    return eventOf(name, order, { ...happened, reason: refund?.reason ?? EARLIER_REFUND_REASON, refund });
  }
  return eventOf(name, order, { ...happened, reason: REASONED.has(name) ? order.reason : undefined });
}

/** What an event says beside its order. `at` in ms. */
type Happened = Pick<OrderEvent, 'at' | 'version'> & {
  [Field in 'reason' | 'payment' | 'refund']?: OrderEvent[Field] | undefined;
};
type OrderOfEvent = Pick<
  OrderState,
  'orderId' | 'saleId' | 'itemId' | 'userId' | 'quantity' | 'amountCents' | 'currency' | 'reservedAt' | 'payBy'
>;

export function eventOf(
  name: OrderEventName,
  order: OrderOfEvent,
  { at, version, reason, payment, refund }: Happened,
): OrderEvent {
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
    at: Math.round(at),
    payBy: Math.round(order.payBy),
    version,
    ...(reason === undefined ? {} : { reason }),
    ...(payment === undefined ? {} : { payment }),
    ...(refund === undefined ? {} : { refund }),
  };
}
