import type { OrderStatus } from '../api/contract.ts';

export const ORDER_TONES: Readonly<Record<OrderStatus, string>> = {
  PENDING_PAYMENT: 'tone-wait',
  PAID: 'tone-good',
  CANCELLED: 'tone-quiet',
  REFUNDED: 'tone-quiet',
};
