import type { OrderStatus } from 'seckill-core';

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
  /** When it reached its last state; 0 while it waits for payment. */
  settledAt: number;
  reason?: string | undefined;
}
