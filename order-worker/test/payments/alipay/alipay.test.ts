import { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProviderRefused, ProviderUnavailable } from '../../../src/payments/provider.ts';
import { type AlipayShop, newRefund, newRequest, openAlipayShop, soon } from './alipay-shop.ts';

let shop: AlipayShop;
beforeAll(async () => {
  shop = await openAlipayShop();
});
beforeEach(() => {
  shop.refunds = 'DONE';
  shop.spoil = (answer) => answer;
});
afterAll(() => shop.stop());

const state = (request: Parameters<AlipayShop['pay']>[0]) => shop.alipay.getPayment(request, soon());

test('the SDK changes no socket: several of them may end with the same error', () => {
  const error = new Error('The pool was closed.');
  const ends = () => new Socket().on('error', () => undefined).destroy(error);
  ends();
  expect(ends).not.toThrow();
});

describe('checkouts', () => {
  test('the page is a signed address that leads to the cashier, without a call to Alipay', async () => {
    const request = newRequest();
    shop.spoil = () => ({ status: 500, body: '' });
    const { checkoutUrl = '' } = await shop.alipay.createCheckout(request, soon());
    shop.spoil = (answer) => answer;
    const page = await fetch(checkoutUrl, { redirect: 'manual' });
    const payment = shop.known(request);
    expect(page.headers.get('location')).toMatch(new RegExp(`/checkout/${payment?.token}$`));
    expect(payment).toMatchObject({
      paymentId: request.paymentId.replaceAll('-', ''),
      orderId: request.orderId,
      amountCents: 2_580,
      title: '限量 T 恤 黑 白 蓝 × 2；Sticker',
      returnUrl: `http://127.0.0.1:3000/orders/${request.orderId}`,
      expiresAt: Math.floor(request.expiresAt / 1_000) * 1_000,
    });
    const altered = await fetch(checkoutUrl.replace('25.80', '00.01'), { redirect: 'manual' });
    expect(altered.status).toBe(400);
    expect(await altered.text()).toContain('isv.invalid-signature');
  });

  test('a QR code is the same for the same payment, and is paid once', async () => {
    const request = newRequest({ channel: 'qr' });
    const { qrCode } = await shop.alipay.createCheckout(request, soon());
    expect(qrCode).toBe(`https://qr.alipay.com/${shop.known(request)?.token}`);
    expect(await shop.alipay.createCheckout(request, soon())).toEqual({ qrCode });
    expect(await state(request)).toEqual({ state: 'unknown' });
    shop.pay(request);
    expect(await state(request)).toMatchObject({ state: 'paid' });
    await expect(shop.alipay.createCheckout(request, soon())).rejects.toThrow(ProviderRefused);
  });

  test('another currency, another channel and an amount above the limit are refused', async () => {
    for (const [more, reason] of [
      [{ currency: 'USD' }, /takes CNY here, not USD/],
      [{ channel: 'jsapi' as const }, /not by the channel jsapi/],
      [{ amountCents: 10_000_000_001 }, /at most 100,000,000.00 yuan/],
    ] as const) {
      const asked = shop.alipay.createCheckout(newRequest(more), soon());
      await expect(asked).rejects.toThrow(ProviderRefused);
      await expect(asked).rejects.toThrow(reason);
    }
  });
});

describe('payments', () => {
  test('a payment is open, then paid with its facts, and stays paid after a full refund', async () => {
    const request = await shop.openPage();
    expect(await state(request)).toEqual({ state: 'open' });
    const { paidAt = 0 } = shop.pay(request);
    const facts = {
      amountCents: 2_580,
      currency: 'CNY',
      // Alipay says whole seconds, on China's clock.
      paidAt: Math.floor(paidAt / 1_000) * 1_000,
      payer: '2088101117955611',
    };
    expect(await state(request)).toEqual({ state: 'paid', facts });
    await shop.alipay.refund(newRefund(request), soon());
    expect(await state(request)).toEqual({ state: 'paid', facts });
  });

  test('an open payment is closed, once and again, and cannot be paid any more', async () => {
    const request = await shop.openPage();
    expect(await shop.alipay.closeCheckout(request, soon())).toEqual({ state: 'closed' });
    expect(shop.pay(request).state).toBe('CLOSED');
    expect(await shop.alipay.closeCheckout(request, soon())).toEqual({ state: 'closed' });
    expect(await state(request)).toEqual({ state: 'closed' });
  });

  test('closing a paid payment says that it is paid', async () => {
    const request = await shop.paidPage();
    const closed = await shop.alipay.closeCheckout(request, soon());
    expect(closed).toMatchObject({ state: 'paid', facts: { amountCents: 2_580, currency: 'CNY' } });
  });

  test('what the buyer never opened counts as closed', async () => {
    const request = newRequest();
    await shop.alipay.createCheckout(request, soon());
    expect(await state(request)).toEqual({ state: 'unknown' });
    expect(await shop.alipay.closeCheckout(request, soon())).toEqual({ state: 'closed' });
  });

  test('the page ends at the deadline that it carries', async () => {
    const { checkoutUrl = '' } = await shop.alipay.createCheckout(newRequest({ expiresAt: Date.now() - 1 }), soon());
    expect((await fetch(checkoutUrl, { redirect: 'manual' })).status).toBe(409);
  });

  test('whatever the order of pay and close, both sides agree on the outcome', async () => {
    const requests = await Promise.all(Array.from({ length: 40 }, () => shop.openPage()));
    const closing = requests.map((request) => shop.alipay.closeCheckout(request, soon()));
    for (const request of requests) {
      shop.pay(request);
      await new Promise(setImmediate);
    }
    const outcomes = await Promise.all(closing);
    expect(outcomes.map((each) => each.state.toUpperCase())).toEqual(requests.map((each) => shop.known(each)?.state));
  });
});

describe('refunds', () => {
  test('parts of a payment go back, each once, until nothing is left', async () => {
    const request = await shop.paidPage();
    const [first, second, third] = [newRefund(request, 1_000), newRefund(request, 1_580), newRefund(request, 1)];
    expect(await shop.alipay.getRefund(first, soon())).toEqual({ state: 'unknown' });
    for (const refund of [first, first, second]) expect(await shop.alipay.refund(refund, soon())).toEqual({ state: 'done' });
    expect(await shop.alipay.refund(third, soon())).toEqual({
      state: 'refused',
      reason: 'ACQ.REASON_TRADE_REFUND_FEE_ERR: 退款金额无效',
    });
    expect(await shop.alipay.getRefund(second, soon())).toEqual({ state: 'done' });
    expect(await shop.alipay.getRefund(third, soon())).toEqual({ state: 'unknown' });
  });

  test('a pending refund is done later', async () => {
    const request = await shop.paidPage();
    const refund = newRefund(request);
    shop.refunds = 'PENDING';
    expect(await shop.alipay.refund(refund, soon())).toEqual({ state: 'pending' });
    expect(await shop.alipay.refund(refund, soon())).toEqual({ state: 'pending' });
    shop.endRefund(`alipay:${refund.refundId.replaceAll('-', '')}_2580`);
    expect(await shop.alipay.refund(refund, soon())).toEqual({ state: 'done' });
  });

  test("a refused refund names Alipay's reason", async () => {
    const request = await shop.paidPage();
    shop.refunds = 'REFUSED';
    const reason = 'ACQ.SELLER_BALANCE_NOT_ENOUGH: 余额不足';
    expect(await shop.alipay.refund(newRefund(request), soon())).toEqual({ state: 'refused', reason });
  });

  test('a refund whose answer was lost is done, not refused and not sent twice', async () => {
    const request = await shop.paidPage();
    const refund = newRefund(request);
    shop.spoil = () => ({ status: 502, body: '' });
    await expect(shop.alipay.refund(refund, soon())).rejects.toThrow(ProviderUnavailable);
    shop.spoil = (answer) => answer;
    expect(await shop.alipay.refund(refund, soon())).toEqual({ state: 'done' });
  });

  test('a payment that is not there is not refunded', async () => {
    const refund = newRefund(newRequest());
    expect(await shop.alipay.getRefund(refund, soon())).toEqual({ state: 'unknown' });
    expect(await shop.alipay.refund(refund, soon())).toMatchObject({ state: 'refused' });
  });
});
