import type { OrderStatus } from 'seckill-core';

/** What PostgreSQL holds of a reservation: an order, or the note that none could be made. Times in ms. */
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
  /** 0 where no order was made. */
  payBy: number;
  createdAt: number;
  /** When it reached its last state; 0 while it waits for its payment. */
  settledAt: number;
  reason?: string | undefined;
}
