import type { OrderChange, OrderStatus, RefundOfEvent } from 'seckill-core';

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
  /** Read only by statements whose orders may be announced as refunded. */
  version?: number;
  /** Why it was cancelled or rejected. */
  reason?: string | undefined;
  /** The refund that made it REFUNDED, if that is known. */
  refund?: RefundOfEvent | undefined;
}

/** The change that came before REFUNDED: an order that was never cancelled had been paid. */
export const beforeRefund = ({ reason }: Pick<OrderState, 'reason'>): 'paid' | 'cancelled' =>
  reason === undefined ? 'paid' : 'cancelled';

/** When the change happened that an event reports, ms. Earlier versions write the time of a refund as `settledAt`. */
export function changedAt(event: OrderChange, order: Pick<OrderState, 'createdAt' | 'settledAt' | 'refundedAt'>): number {
  if (event === 'created' || event === 'rejected') return order.createdAt;
  return event === 'refunded' ? order.refundedAt || order.settledAt : order.settledAt;
}

/** The version that an order had after the change that an event reports; `order` may have changed again since. */
export function versionAfter(event: OrderChange, { version = 0 }: Pick<OrderState, 'version'>): number {
  if (event === 'created' || event === 'rejected') return 0;
  return event === 'refunded' ? version : 1;
}
