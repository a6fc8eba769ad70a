import { newId } from 'seckill-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failureOf, payment, refundOf, Shop, soon } from './shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = new Shop();
  await shop.start();
});
afterEach(() => shop.stop());

const refunds = () => [...shop.sandbox.books.refundsOf('stripe')].map(({ refundId, amountCents }) => [refundId, amountCents]);

test('a refund gives all back, once, however often it is sent', async () => {
  const refund = refundOf(await shop.openAndPay());
  expect(await shop.provider.getRefund(refund, soon())).toEqual({ state: 'unknown' });
  expect(await shop.provider.refund(refund, soon())).toEqual({ state: 'done' });
  expect(await shop.provider.refund(refund, soon())).toEqual({ state: 'done' });
  expect(await shop.provider.getRefund(refund, soon())).toEqual({ state: 'done' });
  expect(refunds()).toEqual([[refund.refundId, 12_500]]);
  // A paid payment stays a paid one.
  expect(await shop.provider.getPayment(refund.payment, soon())).toMatchObject({ state: 'paid' });
});

test('a payment goes back in parts, and never more than was paid', async () => {
  const paid = await shop.openAndPay();
  expect(await shop.provider.refund(refundOf(paid, 4_000), soon())).toEqual({ state: 'done' });
  expect(await shop.provider.refund(refundOf(paid, 4_000), soon())).toEqual({ state: 'done' });
  expect(await shop.provider.refund(refundOf(paid, 4_501), soon())).toEqual({
    state: 'refused',
    reason: 'invalid_request_error',
  });
  expect(await shop.provider.refund(refundOf(paid, 4_500), soon())).toEqual({ state: 'done' });
  expect(await shop.provider.refund(refundOf(paid, 1), soon())).toEqual({ state: 'refused', reason: 'charge_already_refunded' });
  expect(refunds().map(([, amount]) => amount)).toEqual([4_000, 4_000, 4_500]);
});

test('a refund in ISK is sent in the unit of Stripe', async () => {
  const paid = await shop.openAndPay({ currency: 'ISK', lines: [{ title: 'Cap', quantity: 1, unitCents: 5_000 }] });
  expect(await shop.provider.refund(refundOf(paid, 2_000), soon())).toEqual({ state: 'done' });
  const { form } = shop.requests.find(({ call }) => call === 'POST /v1/refunds') ?? {};
  expect(form?.get('amount')).toBe('200000');
  expect(refunds().map(([, amount]) => amount)).toEqual([2_000]);
});

test('a part that Stripe cannot send back is refused, with the reason', async () => {
  const paid = await shop.openAndPay({ currency: 'KWD', lines: [{ title: 'Cap', quantity: 1, unitCents: 5_000 }] });
  const refused = { state: 'refused', reason: expect.stringContaining('in steps of 10 minor units') };
  expect(await shop.provider.refund(refundOf(paid, 1_234), soon())).toEqual(refused);
});

test.each([
  ['accept', { state: 'done' }, 'refund.updated'],
  ['refuse', { state: 'refused', reason: 'expired_or_canceled_card' }, 'refund.failed'],
] as const)('a pending refund that ends with "%s" is announced then', async (end, standing, type) => {
  const reason = 'expired_or_canceled_card';
  shop.sandbox.mood.set({ refunds: { answer: 'pending', end, reason, pendingMs: 300 } });
  const refund = refundOf(await shop.openAndPay(), 4_000);
  expect(await shop.provider.refund(refund, soon())).toEqual({ state: 'pending' });
  expect(await shop.notification(1)).toMatchObject({
    events: [{ kind: 'refund', refundId: refund.refundId, amountCents: 4_000, currency: 'EUR', standing }],
  });
  expect(JSON.parse(String(shop.notifications[1]?.body))).toMatchObject({ type });
  expect(await shop.provider.getRefund(refund, soon())).toEqual(standing);
});

describe('a refund of unknown outcome', () => {
  test('is found by its number, also when Stripe has forgotten the idempotency key', async () => {
    const refund = refundOf(await shop.openAndPay(), 4_000);
    shop.answer = (answer, call) => (call === 'POST /v1/refunds' ? undefined : answer);
    expect(await failureOf(shop.provider.refund(refund, soon()))).toMatchObject({ name: 'ProviderUnavailable' });
    shop.answer = (answer) => answer;
    shop.requests.length = 0;
    expect(await shop.provider.refund(refund, soon())).toEqual({ state: 'done' });
    expect(shop.requests.map(({ call }) => call)).not.toContain('POST /v1/refunds');
    expect(refunds()).toEqual([[refund.refundId, 4_000]]);
  });

  test('stays unknown while Stripe is away', async () => {
    const refund = refundOf(await shop.openAndPay());
    shop.sandbox.mood.set({ unavailable: true });
    expect(await failureOf(shop.provider.refund(refund, soon()))).toMatchObject({ name: 'ProviderUnavailable' });
    shop.sandbox.mood.set({});
    expect(await shop.provider.getRefund(refund, soon())).toEqual({ state: 'unknown' });
  });

  test('waits if Stripe does not find the payment', async () => {
    const error = await failureOf(shop.provider.refund(refundOf(payment()), soon()));
    expect(error).toMatchObject({ name: 'ProviderUnavailable', message: expect.stringContaining('does not find the payment') });
  });
});

test('the money of a checkout whose reference was lost goes back as well', async () => {
  const { providerRef: _, ...paid } = await shop.openAndPay();
  const refund = refundOf(paid, 4_000, newId());
  expect(await shop.provider.refund(refund, soon())).toEqual({ state: 'done' });
  expect(refunds()).toEqual([[refund.refundId, 4_000]]);
});
