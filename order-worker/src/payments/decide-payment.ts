import type { OrderStatus, PaymentReceived, RefundReason } from 'seckill-core';
import type { PaymentStatus } from 'seckill-prisma';

export interface PaymentSeen {
  orderId: string;
  provider: string;
  status: PaymentStatus;
  /** Who has to pay, in the provider's terms; null if anyone may. */
  payer: string | null;
}

export interface OrderSeen {
  status: OrderStatus;
  amountCents: number;
  currency: string;
}

export type PaymentDecision =
  /** The payment or its order is unknown: this platform did not start it. */
  | { kind: 'unknown'; reason: string }
  /** A repeated event, or one that changes nothing. */
  | { kind: 'nothing' }
  | { kind: 'failed' }
  | { kind: 'paid' }
  /** The money goes back. The order changes only when the provider has done it. */
  | { kind: 'refund'; reason: Exclude<RefundReason, 'operator'> };

/** Decides what a provider's event about a payment does to it and to its order. Every payment received ends in a PAID order or a refund. */
export function decidePayment(
  event: PaymentReceived,
  payment: PaymentSeen | undefined,
  order: OrderSeen | undefined,
): PaymentDecision {
  if (payment === undefined) return { kind: 'unknown', reason: `There is no payment ${event.paymentId}.` };
  if (payment.orderId !== event.orderId || order === undefined) {
    return { kind: 'unknown', reason: `Payment ${event.paymentId} is not for order ${event.orderId}.` };
  }
  // One provider's key must not settle what another one holds.
  if (event.provider !== undefined && event.provider !== payment.provider) {
    return {
      kind: 'unknown',
      reason: `Payment ${event.paymentId} was begun with ${payment.provider}, and ${event.provider} reports it.`,
    };
  }
  const received = payment.status === 'SUCCEEDED' || payment.status === 'REFUNDED';
  if (received) return { kind: 'nothing' };
  if (event.type === 'payment.failed') return payment.status === 'FAILED' ? { kind: 'nothing' } : { kind: 'failed' };
  const exact = event.amountCents === order.amountCents && event.currency === order.currency;
  if (order.status === 'CANCELLED') return { kind: 'refund', reason: 'order-cancelled' };
  if (!exact) return { kind: 'refund', reason: 'wrong-amount' };
  if (isStranger(event, payment)) return { kind: 'refund', reason: 'wrong-payer' };
  if (order.status === 'PENDING_PAYMENT') return { kind: 'paid' };
  return { kind: 'refund', reason: order.status === 'PAID' ? 'already-paid' : 'order-cancelled' };
}

const isStranger = ({ payer }: PaymentReceived, payment: PaymentSeen): boolean =>
  payer !== undefined && payment.payer !== null && payer !== payment.payer;
