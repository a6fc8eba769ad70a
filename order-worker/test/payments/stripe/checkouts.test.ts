import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, failureOf, MINUTE, payment, Shop, soon } from './shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = new Shop();
  await shop.start();
});
afterEach(() => shop.stop());

const paid = { amountCents: 12_500, currency: 'EUR', paidAt: expect.any(Number) };
const calls = () => shop.requests.map(({ call }) => call.replace(/cs_test_\w+/, 'id'));
const stateOf = async (request: Parameters<typeof shop.provider.getPayment>[0]) =>
  (await shop.provider.getPayment(request, soon())).state;

describe('opening', () => {
  test('a checkout has the lines, the numbers of payment and order, and the return address', async () => {
    const request = payment({ lines: [{ title: 'Trainer 42', quantity: 2, unitCents: 6_250 }], locale: 'zh-CN' });
    const checkout = await shop.provider.createCheckout(request, soon());
    expect(checkout.providerRef).toMatch(/^cs_test_/);
    expect(checkout.checkoutUrl).toMatch(`^${shop.sandbox.url}/checkout/`.slice(1));
    const [{ form, headers }] = shop.requests as [(typeof shop.requests)[0]];
    expect(Object.fromEntries(form)).toEqual({
      mode: 'payment',
      'line_items[0][quantity]': '2',
      'line_items[0][price_data][currency]': 'eur',
      'line_items[0][price_data][unit_amount]': '6250',
      'line_items[0][price_data][product_data][name]': 'Trainer 42',
      client_reference_id: request.orderId,
      'metadata[paymentId]': request.paymentId,
      'metadata[orderId]': request.orderId,
      'payment_intent_data[metadata][paymentId]': request.paymentId,
      'payment_intent_data[metadata][orderId]': request.orderId,
      'adaptive_pricing[enabled]': 'false',
      locale: 'zh',
      success_url: `https://shop.test/orders/${request.orderId}`,
      cancel_url: `https://shop.test/orders/${request.orderId}`,
      expires_at: String(Math.floor((request.expiresAt + 31 * MINUTE) / 1_000)),
    });
    expect(headers['idempotency-key']).toBe(`checkout-${request.paymentId}`);
    expect(headers['x-stripe-client-telemetry']).toBeUndefined();
  });

  test('a payment has one checkout, however often it is opened', async () => {
    const request = payment();
    const first = await shop.provider.createCheckout(request, soon());
    expect(await shop.provider.createCheckout(request, soon())).toEqual(first);
    expect([...shop.sandbox.books.paymentsOf('stripe')]).toHaveLength(1);
  });

  test('a payment keeps its checkout when the address of the shop changes', async () => {
    const request = await shop.open();
    const moved = await shop.createProvider({}, 'https://moved.test');
    const { providerRef, checkoutUrl } = request;
    expect(await moved.createCheckout(request, soon())).toEqual({ providerRef, checkoutUrl });
  });

  test.each([
    ['de-AT', 'de'],
    ['pt-BR', 'pt-BR'],
    ['zh-TW', 'zh-TW'],
    ['xx', 'auto'],
  ])('a buyer with %s sees the page in %s', async (locale, expected) => {
    await shop.open({ locale });
    expect(shop.requests[0]?.form.get('locale')).toBe(expected);
  });

  test.each([
    ['EUR', 12_50, '1250'],
    ['JPY', 5_000, '5000'],
    ['KWD', 12_340, '12340'],
    ['ISK', 5_000, '500000'],
    ['UGX', 30_000, '3000000'],
    ['MGA', 40_000_00, '40000'],
  ])('a price in %s of %i minor units is %s for Stripe, and is paid as it was', async (currency, unitCents, sent) => {
    const request = await shop.openAndPay({ currency, lines: [{ title: 'Cap', quantity: 1, unitCents }] });
    expect(shop.requests[0]?.form.get('line_items[0][price_data][unit_amount]')).toBe(sent);
    const facts = { amountCents: unitCents, currency, paidAt: expect.any(Number) };
    expect(await shop.provider.getPayment(request, soon())).toEqual({ state: 'paid', facts });
    expect(await shop.notification()).toMatchObject({ events: [{ kind: 'paid', facts }] });
  });

  test.each([
    [
      'a price that Stripe cannot take',
      { currency: 'KWD', lines: [{ title: 'Cap', quantity: 1, unitCents: 12_345 }] },
      'in steps of 10',
    ],
    ['an amount that Stripe refuses', { lines: [{ title: 'Car', quantity: 1, unitCents: 100_000_000 }] }, 'amount_too_large'],
  ])('%s is refused for good', async (_, changed, reason) => {
    const error = await failureOf(shop.provider.createCheckout(payment(changed), soon()));
    expect(error).toMatchObject({ name: 'ProviderRefused', message: expect.stringContaining(reason) });
  });
});

describe('answers that are no answers', () => {
  const unreadable = 'is not readable';
  test.each<[string, Answer | undefined, string]>([
    ['none', undefined, 'socket hang up'],
    ['a page', { status: 200, body: '<html>secret</html>' }, unreadable],
    ['a page of a proxy', { status: 502, body: '<html>secret</html>' }, unreadable],
    ['null', { status: 200, body: 'null' }, unreadable],
    ['other fields', { status: 200, body: '{"id":"secret"}' }, 'does not fit'],
    ['an address that is no page', { status: 200, body: '{"id":"cs_1","url":"javascript:secret()"}' }, 'does not fit'],
    ['a fault of Stripe', { status: 500, body: '{"error":{"type":"api_error","message":"secret"}}' }, '500, api_error'],
    [
      'too many requests',
      { status: 429, body: '{"error":{"type":"invalid_request_error","code":"rate_limit"}}' },
      '429, rate_limit',
    ],
    ['a request in progress', { status: 409, body: '{"error":{"type":"idempotency_error","message":"secret"}}' }, '409'],
    ['a wrong key', { status: 401, body: '{"error":{"type":"invalid_request_error","message":"secret"}}' }, '401'],
  ])('%s leaves the outcome unknown', async (_, answer, reason) => {
    shop.answer = () => answer;
    const error = await failureOf(shop.provider.createCheckout(payment(), soon()));
    expect(error).toMatchObject({ name: 'ProviderUnavailable', message: expect.stringContaining(reason) });
  });

  test('a call ends at its time, and is not sent a second time', async () => {
    shop.sandbox.mood.set({ latencyMs: 60_000 });
    const error = await failureOf(shop.provider.createCheckout(payment(), performance.now() + 200));
    expect(error).toMatchObject({ name: 'ProviderUnavailable', message: expect.stringContaining('its time was up') });
    expect(shop.requests).toHaveLength(1);
  });
});

describe('asking and closing', () => {
  test('a checkout is open, then declined, then paid at the time of its charge', async () => {
    const request = await shop.open();
    expect(await stateOf(request)).toBe('open');
    await shop.press(request, 'decline');
    expect(await stateOf(request)).toBe('declined');
    const began = Math.floor(Date.now() / 1_000) * 1_000;
    await shop.press(request);
    const standing = await shop.provider.getPayment(request, soon());
    expect(standing).toEqual({ state: 'paid', facts: paid });
    if (standing.state === 'paid') expect(standing.facts.paidAt).toBeGreaterThanOrEqual(began);
  });

  test('a closed checkout takes no money', async () => {
    const request = await shop.open();
    expect(await shop.provider.closeCheckout(request, soon())).toEqual({ state: 'closed' });
    await shop.press(request);
    expect(await stateOf(request)).toBe('closed');
    expect(await shop.provider.closeCheckout(request, soon())).toEqual({ state: 'closed' });
  });

  test('closing a paid checkout says what was paid, also after a refund', async () => {
    const request = await shop.openAndPay();
    expect(await shop.provider.closeCheckout(request, soon())).toEqual({ state: 'paid', facts: paid });
  });

  test('whatever comes first of paying and closing, both sides know the same', async () => {
    const requests = await Promise.all(Array.from({ length: 40 }, () => shop.open()));
    const closed = await Promise.all(
      requests.map(async (request, turn) => {
        const pressed = turn % 2 === 0 ? shop.press(request) : undefined;
        const close = shop.provider.closeCheckout(request, soon());
        await (pressed ?? shop.press(request));
        return close;
      }),
    );
    const known = requests.map(({ paymentId }) => shop.sandbox.books.payment(`stripe:${paymentId}`)?.state.toLowerCase());
    expect(closed.map(({ state }) => state)).toEqual(known);
  });

  test('money that comes later keeps the order waiting, until it came or failed', async () => {
    const request = await shop.openAndPay();
    let status = 'processing';
    shop.answer = ({ body }, call) =>
      call.startsWith('GET') ? { status: 200, body: body.replaceAll('"succeeded"', `"${status}"`) } : { status: 400, body };
    expect(await stateOf(request)).toBe('open');
    const error = await failureOf(shop.provider.closeCheckout(request, soon()));
    expect(error).toMatchObject({ name: 'ProviderUnavailable', message: expect.stringContaining('its state is coming') });
    status = 'canceled';
    expect(await shop.provider.closeCheckout(request, soon())).toEqual({ state: 'closed' });
  });

  test('a session that the key does not know is no closed one', async () => {
    const request = { ...payment(), providerRef: 'cs_test_of_another_account' };
    const { closeCheckout, getPayment } = shop.provider;
    for (const ask of [closeCheckout, getPayment]) {
      const error = await failureOf(ask(request, soon()));
      expect(error).toMatchObject({ name: 'ProviderUnavailable', message: expect.stringContaining('resource_missing') });
    }
  });
});

describe('if the answer to the first request was lost', () => {
  /** Stripe has the session; the shop has no reference. */
  async function openUnheard(changed: Parameters<typeof payment>[0] = {}) {
    const request = payment(changed);
    shop.answer = () => undefined;
    await failureOf(shop.provider.createCheckout(request, soon()));
    shop.answer = (answer) => answer;
    shop.requests.length = 0;
    return request;
  }
  const inBooks = ({ paymentId }: { paymentId: string }) => shop.sandbox.books.payment(`stripe:${paymentId}`);

  test('closing finds the session by the same request, and closes it', async () => {
    const request = await openUnheard();
    expect(await shop.provider.closeCheckout(request, soon())).toEqual({ state: 'closed' });
    expect(calls()).toEqual(['POST /v1/checkout/sessions', 'POST /v1/checkout/sessions/id/expire']);
    expect(inBooks(request)?.state).toBe('CLOSED');
  });

  test('closing finds what was paid, and so does asking', async () => {
    const request = await openUnheard();
    expect(await stateOf(request)).toBe('unknown');
    await shop.press({ checkoutUrl: `${shop.sandbox.url}/checkout/${inBooks(request)?.token}` });
    expect(await shop.provider.closeCheckout(request, soon())).toEqual({ state: 'paid', facts: paid });
    expect(await shop.provider.getPayment(request, soon())).toEqual({ state: 'paid', facts: paid });
  });

  test('a checkout that never reached Stripe is closed, and cannot be opened later', async () => {
    const request = payment({ createdAt: Date.now() - 60 * MINUTE, expiresAt: Date.now() - 45 * MINUTE });
    expect(await shop.provider.closeCheckout(request, soon())).toEqual({ state: 'closed' });
    expect(await failureOf(shop.provider.createCheckout(request, soon()))).toMatchObject({ name: 'ProviderRefused' });
    expect(inBooks(request)).toBeUndefined();
  });

  test('a session of a request that differed stays open until its own end', async () => {
    const request = await openUnheard();
    const moved = await shop.createProvider({}, 'https://moved.test');
    const error = await failureOf(moved.closeCheckout(request, soon()));
    expect(error).toMatchObject({ name: 'ProviderUnavailable', message: expect.stringContaining('idempotency_error') });
  });
});
