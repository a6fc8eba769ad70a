import { newId } from 'seckill-core';
import { Stripe } from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Shop, soon } from './shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = new Shop();
  await shop.start();
});
afterEach(() => shop.stop());

/** Reads a body as if Stripe had sent it, signed by the SDK. */
function receive(content: object | string, changed: { secret?: string; timestamp?: number } = {}) {
  const payload = typeof content === 'string' ? content : JSON.stringify(content);
  const { STRIPE_WEBHOOK_SECRET: secret = '' } = shop.settings;
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret, ...changed });
  return shop.provider.readNotification(Buffer.from(payload), { 'stripe-signature': signature });
}
const metadata = { paymentId: newId(), orderId: newId() };
const session = { metadata, payment_status: 'paid', amount_total: 1_250, currency: 'eur' };
const event = (type: string, object: object) => ({ id: 'evt_1', type, created: 1_796_000_000, data: { object } });
const eventsOf = (type: string, object: object) => receive(event(type, object));

test('a payment is announced with what was paid, and Stripe expects any answer of success', async () => {
  const request = await shop.openAndPay();
  const { paymentId, orderId } = request;
  const facts = { amountCents: 12_500, currency: 'EUR', paidAt: expect.any(Number) };
  expect(await shop.notification()).toEqual({
    kind: 'events',
    events: [{ kind: 'paid', eventId: expect.stringMatching(/^evt_/), paymentId, orderId, facts }],
    answer: { status: 200, contentType: 'text/plain', body: 'received' },
  });
});

test('a declined attempt is announced, and an ended session says nothing', async () => {
  const declined = await shop.open();
  await shop.press(declined, 'decline');
  const { paymentId, orderId } = declined;
  const failed = { kind: 'failed', paymentId, orderId, amountCents: 12_500, currency: 'EUR' };
  expect(await shop.notification()).toMatchObject({ events: [failed] });
  await shop.provider.closeCheckout(declined, soon());
  expect(await shop.notification(1)).toMatchObject({ kind: 'events', events: [], answer: { status: 200 } });
});

describe('what no one but Stripe can have sent', () => {
  test('a forged notification is invalid', async () => {
    shop.sandbox.mood.set({ notifications: { forged: 1 } });
    await shop.openAndPay();
    expect(await shop.notification()).toMatchObject({ kind: 'invalid', answer: { status: 401 } });
    expect(await shop.notification(1)).toMatchObject({ kind: 'events' });
  });

  test.each([
    ['signed for another endpoint', { secret: 'whsec_other' }],
    ['older than five minutes', { timestamp: Math.floor(Date.now() / 1_000) - 301 }],
  ])('one that is %s is invalid', async (_, changed) => {
    expect(await receive(event('checkout.session.completed', session), changed)).toMatchObject({ kind: 'invalid' });
  });

  test('one whose body was changed, or whose signature is missing, is invalid', async () => {
    await shop.openAndPay();
    await shop.notification();
    const [{ body, headers }] = shop.notifications as [(typeof shop.notifications)[0]];
    const changed = Buffer.from(body.toString().replace('12500', '12501'));
    expect(await shop.provider.readNotification(changed, headers)).toMatchObject({ kind: 'invalid' });
    expect(await shop.provider.readNotification(body, {})).toMatchObject({ kind: 'invalid' });
    for (const signature of ['', 't=,v1=', 'v1=00', 't=1796000000', '\u0000'])
      expect(await shop.provider.readNotification(body, { 'stripe-signature': signature })).toMatchObject({ kind: 'invalid' });
  });

  test.each(['{', '', 'null', '[]', '{"id":7}'])('a signed %j is invalid as well', async (body) => {
    expect(await receive(body)).toMatchObject({ kind: 'invalid' });
  });

  test('a secret that is being replaced stays valid', async () => {
    const { STRIPE_WEBHOOK_SECRET: old = '' } = shop.settings;
    shop.provider = await shop.createProvider({ STRIPE_WEBHOOK_SECRET: 'whsec_new', STRIPE_WEBHOOK_SECRET_PREVIOUS: old });
    for (const secret of ['whsec_new', old])
      expect(await receive(event('checkout.session.completed', session), { secret })).toMatchObject({ kind: 'events' });
  });
});

describe('events', () => {
  const none = { kind: 'events', events: [], answer: { status: 200 } };

  test('money that comes later is paid when it has come', async () => {
    const unpaid = { ...session, payment_status: 'unpaid' };
    expect(await eventsOf('checkout.session.completed', unpaid)).toMatchObject(none);
    const facts = { amountCents: 1_250, currency: 'EUR', paidAt: 1_796_000_000_000 };
    expect(await eventsOf('checkout.session.async_payment_succeeded', session)).toMatchObject({
      events: [{ kind: 'paid', eventId: 'evt_1', ...metadata, facts }],
    });
    const intent = { metadata, amount: 1_250, currency: 'eur' };
    expect(await eventsOf('payment_intent.payment_failed', intent)).toMatchObject({ events: [{ kind: 'failed', ...metadata }] });
  });

  test("the account's other payments are accepted and ignored", async () => {
    for (const other of [{}, { metadata: null }, { ...session, metadata: { paymentId: 'INV-7', orderId: 'INV-7' } }])
      expect(await eventsOf('checkout.session.completed', other)).toMatchObject(none);
    expect(await eventsOf('invoice.paid', session)).toMatchObject(none);
  });

  const refundId = newId();
  const refund = { metadata: { ...metadata, refundId }, amount: 1_000, currency: 'eur' };
  test.each([
    ['refund.created', { ...refund, status: 'succeeded' }, { state: 'done' }],
    ['refund.updated', { ...refund, status: 'canceled' }, { state: 'refused', reason: 'canceled' }],
    ['refund.failed', { ...refund, status: 'failed', failure_reason: 'declined' }, { state: 'refused', reason: 'declined' }],
  ])('%s says what became of a refund', async (type, object, standing) => {
    const expected = { kind: 'refund', refundId, ...metadata, amountCents: 1_000, currency: 'EUR', standing };
    expect(await eventsOf(type, object)).toMatchObject({ events: [expected] });
    for (const status of ['pending', 'requires_action']) expect(await eventsOf(type, { ...object, status })).toMatchObject(none);
  });
});
