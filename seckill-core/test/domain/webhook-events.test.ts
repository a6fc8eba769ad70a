import { ORDER_EVENTS, SALE_EVENTS, WEBHOOK_EVENTS, wantsEvent } from 'seckill-core';
import { expect, test } from 'vitest';

test('a webhook can ask for each event of orders and sales', () => {
  const events = [...ORDER_EVENTS.map((name) => `order.${name}`), ...SALE_EVENTS.map((name) => `sale.${name}`)];
  expect([...WEBHOOK_EVENTS].toSorted()).toEqual(events.toSorted());
});

test('names and patterns choose events', () => {
  expect(wantsEvent(['order.paid'], 'order.paid')).toBe(true);
  expect(wantsEvent(['order.paid', 'sale.*'], 'sale.closed')).toBe(true);
  expect(wantsEvent(['*'], 'sale.closed')).toBe(true);
  expect(wantsEvent(['order.*'], 'sale.closed')).toBe(false);
  expect(wantsEvent(['order.paid'], 'order.partly-paid')).toBe(false);
  expect(wantsEvent([], 'order.paid')).toBe(false);
});
