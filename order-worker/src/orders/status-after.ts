import type { OrderEventName, OrderStatus } from 'seckill-core';

/** What each event makes of an order. Other events leave the status as it is. */
export const STATUS_AFTER: ReadonlyMap<OrderEventName, OrderStatus> = new Map([
  ['created', 'PENDING_PAYMENT'],
  ['paid', 'PAID'],
  ['cancelled', 'CANCELLED'],
  ['refunded', 'REFUNDED'],
]);
