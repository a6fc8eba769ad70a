import { expect, test } from 'vitest';
import { changedAt, versionAfter } from '../../src/orders/order-state.ts';

test('an event has the time of its change, also a refund that an earlier version has written', () => {
  const order = { createdAt: 1, settledAt: 2, refundedAt: 3 };
  const names = ['created', 'rejected', 'paid', 'cancelled', 'refunded'] as const;
  expect(names.map((name) => changedAt(name, order))).toEqual([1, 1, 2, 2, 3]);
  expect(changedAt('refunded', { ...order, refundedAt: 0 })).toBe(2);
  expect(changedAt('refunded', { createdAt: 1, settledAt: 2 })).toBe(2);
});

test('an event has the version after its change, also if the order has changed again since', () => {
  const refunded = { version: 3 };
  expect(versionAfter('created', refunded)).toBe(0);
  expect(versionAfter('cancelled', refunded)).toBe(1);
  expect(versionAfter('paid', refunded)).toBe(1);
  expect(versionAfter('refunded', refunded)).toBe(3);
  expect(versionAfter('rejected', {})).toBe(0);
});
