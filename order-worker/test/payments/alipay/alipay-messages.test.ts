import { AlipaySdk } from 'alipay-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ProviderUnavailable, StatementNotReady } from '../../../src/payments/provider.ts';
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

describe('notifications', () => {
  const paid = async () => {
    const request = await shop.openPage();
    const payment = shop.pay(request);
    return { request, payment, ...shop.notify({ id: 'evt_1', kind: 'paid', payment }) };
  };

  test('a payment is read with its order, and answered with the text that Alipay expects', async () => {
    const { request, payment, body } = await paid();
    const notification = await shop.read(body);
    const paidAt = Math.floor((payment.paidAt ?? 0) / 1_000) * 1_000;
    expect(notification).toEqual({
      kind: 'events',
      answer: { status: 200, contentType: 'text/plain', body: 'success' },
      events: [
        {
          kind: 'paid',
          eventId: expect.stringMatching(/^paid:\d{28}$/),
          paymentId: request.paymentId,
          orderId: request.orderId,
          facts: { amountCents: 2_580, currency: 'CNY', paidAt, payer: '2088101117955611' },
        },
      ],
    });
    expect(shop.isAccepted(notification)).toBe(true);
    expect(await shop.read(body)).toEqual(notification);
  });

  test('a refund is read with its own amount, although Alipay names the sum of all', async () => {
    const { request, payment } = await paid();
    await shop.alipay.refund(newRefund(request, 1_000), soon());
    const refund = newRefund(request, 1_580);
    await shop.alipay.refund(refund, soon());
    const number = `${refund.refundId.replaceAll('-', '')}_1580`;
    const { body } = shop.notify({
      id: 'evt_2',
      kind: 'refund',
      payment,
      refund: {
        key: `alipay:${number}`,
        protocol: 'alipay',
        refundId: number,
        payment: payment.key,
        amountCents: 1_580,
        currency: 'CNY',
        state: 'DONE',
        createdAt: Date.now(),
        doneAt: Date.now(),
        data: {},
      },
    });
    expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({ refund_fee: '25.80', trade_status: 'TRADE_CLOSED' });
    const { paymentId, orderId } = request;
    const { refundId } = refund;
    const money = { amountCents: 1_580, currency: 'CNY' };
    expect(await shop.read(body)).toMatchObject({
      events: [
        { kind: 'refund', eventId: `refund:${refundId}`, refundId, paymentId, orderId, ...money, standing: { state: 'done' } },
      ],
    });
  });

  test('a payment that is closed unpaid is no event', async () => {
    const request = await shop.openPage();
    await shop.alipay.closeCheckout(request, soon());
    const payment = shop.known(request);
    if (payment === undefined) throw new Error('There is no payment.');
    const { body } = shop.notify({ id: 'evt_3', kind: 'closed', payment });
    expect(await shop.read(body)).toMatchObject({ kind: 'events', events: [], answer: { body: 'success' } });
  });

  test('what Alipay did not sign is refused, whatever it is', async () => {
    const { body, forged } = await paid();
    const changed = (name: string, value: string) => {
      const fields = new URLSearchParams(body);
      fields.set(name, value);
      return fields.toString();
    };
    const bodies = [
      forged,
      changed('total_amount', '0.01'),
      changed('passback_params', newRequest().orderId),
      changed('sign', ''),
      changed('sign_type', 'RSA'),
      changed('sign_type', 'MD5'),
      '',
      '%E0%A4%A',
      '{"sign":1}',
      '__proto__=1&sign=a&sign_type=RSA2',
    ];
    for (const each of bodies) {
      const notification = await shop.read(each);
      expect(notification, each).toMatchObject({ kind: 'invalid', answer: { status: 401, body: 'failure' } });
      expect(shop.isAccepted(notification)).toBe(false);
    }
  });

  test('what Alipay signed for another app is refused', async () => {
    const { body } = await paid();
    const other = await shop.create({ ...shop.settings, ALIPAY_APP_ID: '2021000000000002' });
    expect(await other.readNotification(Buffer.from(body), {})).toMatchObject({
      kind: 'invalid',
      reason: 'The notification is for another app.',
    });
  });
});

describe('answers', () => {
  const spoiled = async (spoil: AlipayShop['spoil'], ms?: number) => {
    const request = await shop.paidPage();
    shop.spoil = spoil;
    return shop.alipay.getPayment(request, soon(ms)).then(
      () => 'an answer',
      (error: unknown) => {
        expect(error).toBeInstanceOf(ProviderUnavailable);
        return String((error as Error).message);
      },
    );
  };

  test('an answer with a wrong signature is none, and is not quoted', async () => {
    const said = await spoiled((answer) => ({ ...answer, body: String(answer.body).replace('25.80', '99.99') }));
    expect(said).toBe("The signature of Alipay's answer to alipay.trade.query is wrong (10000). Is the public key Alipay's?");
  });

  test('an answer about another payment is none', async () => {
    let earlier = '';
    shop.spoil = (answer) => {
      earlier = String(answer.body);
      return answer;
    };
    await state(await shop.paidPage());
    shop.spoil = (answer) => answer;
    expect(await spoiled((answer) => ({ ...answer, body: earlier }))).toBe(
      "Alipay's answer to alipay.trade.query is about another payment.",
    );
  });

  test.each([
    ['no status 200', () => ({ status: 503, body: '' }), 'Alipay answered 503 to alipay.trade.query.'],
    ['a page', () => ({ status: 200, body: '<html>' }), 'Alipay gave no answer to alipay.trade.query.'],
    ['JSON that is no object', () => ({ status: 200, body: 'null' }), 'Alipay gave no answer to alipay.trade.query.'],
    [
      "the gateway's own error",
      () => ({ status: 200, body: '{"error_response":{"code":"40002","sub_code":"isv.invalid-app-id","sub_msg":"无效"}}' }),
      'Alipay gave no answer to alipay.trade.query (40002 isv.invalid-app-id).',
    ],
  ])('%s leaves the outcome unknown', async (_, spoil, said) => {
    expect(await spoiled(spoil)).toBe(said);
  });

  test('a call ends when its time is up', async () => {
    const began = performance.now();
    let release = () => {};
    const said = await spoiled(() => new Promise((resolve) => (release = () => resolve({ status: 200, body: '' }))), 60);
    release();
    expect(said).toMatch(/did not answer alipay.trade.query: .*time/);
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  test("Alipay's code says that the shop signs with another key", async () => {
    const stranger = await openAlipayShop();
    const { ALIPAY_PRIVATE_KEY = '' } = stranger.settings;
    await stranger.stop();
    const alipay = await shop.create({ ...shop.settings, ALIPAY_PRIVATE_KEY });
    await expect(alipay.closeCheckout(newRequest(), soon())).rejects.toThrow(
      'Alipay could not do alipay.trade.close (40002 isv.invalid-signature).',
    );
  });

  test('the SDK signs as the adapter does, and accepts the answers of the stand-in', async () => {
    const { ALIPAY_PRIVATE_KEY = '', ALIPAY_PUBLIC_KEY = '', ALIPAY_GATEWAY = '', ALIPAY_APP_ID = '' } = shop.settings;
    const keys = { privateKey: ALIPAY_PRIVATE_KEY, keyType: 'PKCS8' as const, alipayPublicKey: ALIPAY_PUBLIC_KEY };
    const sdk = new AlipaySdk({ appId: ALIPAY_APP_ID, gateway: ALIPAY_GATEWAY, ...keys });
    const request = await shop.paidPage();
    const { checkoutUrl = '' } = await shop.alipay.createCheckout(request, soon());
    const ours = Object.fromEntries(new URL(checkoutUrl).searchParams);
    const { timestamp = '', notify_url: notifyUrl, return_url: returnUrl } = ours;
    const bizContent = JSON.parse(ours['biz_content'] ?? '');
    const theirs = sdk.sdkExecute('alipay.trade.page.pay', { bizContent, timestamp, notifyUrl, returnUrl });
    expect(ours).toEqual(Object.fromEntries(new URLSearchParams(theirs)));
    const query = { bizContent: { out_trade_no: bizContent.out_trade_no }, timestamp };
    const answer = await sdk.exec('alipay.trade.query', query, { validateSign: true });
    expect(answer).toMatchObject({ code: '10000', tradeStatus: 'TRADE_SUCCESS', totalAmount: '25.80' });
  });
});

describe('the bill', () => {
  const china = (ms: number) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);
  const linesOf = async (day: string) => {
    const lines = [];
    for await (const line of shop.alipay.readStatement(day)) lines.push(line);
    return lines;
  };

  test('names every payment and refund of the day, each with its amount', async () => {
    const [kept, returned] = [await shop.paidPage(), await shop.paidPage(newRequest({ amountCents: 100_000_007 }))];
    const open = await shop.openPage();
    const refund = newRefund(returned, 7);
    await shop.alipay.refund(refund, soon());
    const day = china(shop.known(kept)?.paidAt ?? 0);
    const at = expect.any(Number);
    const line = { currency: 'CNY', at, refundId: undefined };
    const ours = [kept.paymentId, returned.paymentId];
    const all = await linesOf(day);
    const lines = all.filter(({ paymentId }) => ours.includes(paymentId));
    expect(all.some(({ paymentId }) => paymentId === open.paymentId)).toBe(false);
    expect(lines).toHaveLength(3);
    expect(lines).toEqual(
      expect.arrayContaining([
        { ...line, kind: 'payment', paymentId: kept.paymentId, amountCents: 2_580 },
        { ...line, kind: 'payment', paymentId: returned.paymentId, amountCents: 100_000_007 },
        { ...line, kind: 'refund', paymentId: returned.paymentId, refundId: refund.refundId, amountCents: 7 },
      ]),
    );
    for (const each of lines) expect(china(each.at)).toBe(day);
  });

  test('of a day without one comes later', async () => {
    await expect(linesOf('2020-02-29')).rejects.toThrow(StatementNotReady);
  });

  test('that cannot be downloaded leaves the outcome unknown', async () => {
    const paidAt = shop.known(await shop.paidPage())?.paidAt ?? 0;
    shop.spoil = (answer) => (typeof answer.body === 'string' ? answer : { status: 500, body: '' });
    await expect(linesOf(china(paidAt))).rejects.toThrow(ProviderUnavailable);
  });
});
