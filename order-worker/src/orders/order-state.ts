import type { OrderEventName, OrderStatus } from 'seckill-core';

/** What PostgreSQL holds of a reservation: an order, or a rejection. Times in ms. */
export interface OrderState {
  orderId: string;
  saleId: string;
  itemId: string;
  userId: string;
  quantity: number;
  amountCents: number;
  currency: string;
  reservedAt: number;
  status: OrderStatus | 'REJECTED';
  /** 0 for a rejection. */
  payBy: number;
  createdAt: number;
  /** When it was paid or cancelled; 0 while it waits for payment. */
  settledAt: number;
  /** 0 if it was not refunded. Read only by statements whose orders may be announced as refunded. */
  refundedAt?: number;
  /** Read only by statements whose orders may be announced as paid, cancelled or refunded. */
  version?: number;
  reason?: string | undefined;
}

/** When the change happened that an event reports, ms. Earlier versions write the time of a refund as `settledAt`. */
export function changedAt(event: OrderEventName, order: Pick<OrderState, 'createdAt' | 'settledAt' | 'refundedAt'>): number {
  if (event === 'created' || event === 'rejected') return order.createdAt;
  return event === 'refunded' ? order.refundedAt || order.settledAt : order.settledAt;
}

/** The version that an order had after the change that an event reports; `order` may have changed again since. */
export function versionAfter(event: OrderEventName, { status, version = 0 }: Pick<OrderState, 'status' | 'version'>): number {
  if (event === 'created' || event === 'rejected') return 0;
  return event === 'cancelled' && status === 'REFUNDED' ? version - 1 : version;
}
