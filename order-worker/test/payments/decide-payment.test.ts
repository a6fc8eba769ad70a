import type { PaymentReceived } from 'seckill-core';
import { expect, test } from 'vitest';
import { decidePayment, type OrderSeen, type PaymentSeen } from '../../src/payments/decide-payment.ts';

const event: PaymentReceived = {
  eventId: 'e',
  type: 'payment.succeeded',
  paymentId: 'p',
  orderId: 'o',
  amountCents: 500,
  currency: 'EUR',
};
const payment: PaymentSeen = { orderId: 'o', status: 'CREATED', provider: 'http', payer: null };
const order: OrderSeen = { status: 'PENDING_PAYMENT', amountCents: 500, currency: 'EUR' };

test.each([
  ['money for an order that waits', event, payment, order, { kind: 'paid' }],
  ['money after a decline', event, { ...payment, status: 'FAILED' }, order, { kind: 'paid' }],
  ['money after the cancel', event, payment, { ...order, status: 'CANCELLED' }, { kind: 'refund', reason: 'order-cancelled' }],
  ['a second payment', event, payment, { ...order, status: 'PAID' }, { kind: 'refund', reason: 'already-paid' }],
  ['money for a refunded order', event, payment, { ...order, status: 'REFUNDED' }, { kind: 'refund', reason: 'order-cancelled' }],
  ['too little money', { ...event, amountCents: 499 }, payment, order, { kind: 'refund', reason: 'wrong-amount' }],
  ['other money', { ...event, currency: 'USD' }, payment, order, { kind: 'refund', reason: 'wrong-amount' }],
  ["a stranger's money", { ...event, payer: 'b' }, { ...payment, payer: 'a' }, order, { kind: 'refund', reason: 'wrong-payer' }],
  ["the right payer's money", { ...event, payer: 'a' }, { ...payment, payer: 'a' }, order, { kind: 'paid' }],
  ['money of a payer that the provider does not name', event, { ...payment, payer: 'a' }, order, { kind: 'paid' }],
  ['a replay', event, { ...payment, status: 'SUCCEEDED' }, { ...order, status: 'PAID' }, { kind: 'nothing' }],
  ['a replay of what was given back', event, { ...payment, status: 'REFUNDED' }, order, { kind: 'nothing' }],
  ['a decline', { ...event, type: 'payment.failed' }, payment, order, { kind: 'failed' }],
  ['a decline told twice', { ...event, type: 'payment.failed' }, { ...payment, status: 'FAILED' }, order, { kind: 'nothing' }],
  [
    'a decline told after the money came',
    { ...event, type: 'payment.failed' },
    { ...payment, status: 'SUCCEEDED' },
    order,
    { kind: 'nothing' },
  ],
  ['a payment that we never started', event, undefined, order, { kind: 'unknown', reason: 'There is no payment p.' }],
  [
    'a payment of another order',
    event,
    { ...payment, orderId: 'x' },
    order,
    { kind: 'unknown', reason: 'Payment p is not for order o.' },
  ],
] as [string, PaymentReceived, PaymentSeen | undefined, OrderSeen, object][])(
  '%s',
  (_, given, seenPayment, seenOrder, decision) => {
    expect(decidePayment(given, seenPayment, seenOrder)).toEqual(decision);
  },
);
