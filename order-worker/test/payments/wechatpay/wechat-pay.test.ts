import { createPublicKey, verify } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { newId } from 'seckill-core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Mode } from '../../../../payment-sandbox/src/protocols/wechatpay/trial.ts';
import type { PaymentProvider, RefundRequest, StatementLine } from '../../../src/payments/provider.ts';
import { adapter, aPayment, keyOf, StandIn, settings, soon } from './stand-in.ts';

const HOUR_MS = 3_600_000;
let standIn: StandIn;
let provider: PaymentProvider;
let sandbox: Record<string, string>;
let worker: Record<string, string>;

async function start(mode: Mode): Promise<void> {
  standIn = new StandIn();
  await standIn.listen();
  ({ sandbox, worker } = settings[mode]);
  worker = { ...worker, WECHATPAY_API_URL: `${standIn.url}/wechatpay` };
  standIn.use(sandbox);
  provider = await adapter(worker);
}
afterEach(async () => {
  vi.useRealTimers();
  await standIn.stop();
});

/** Timers stay real. */
const laterBy = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });

const failureOf = async (work: Promise<unknown>): Promise<Error> => {
  const error = await work.then(
    () => new Error('It did not fail.'),
    (reason: Error) => reason,
  );
  // What WeChat Pay answered may name a buyer.
  for (let each: unknown = error; each instanceof Error; each = each.cause)
    expect(each.message).not.toMatch(/openid|[\u4e00-\u9fff]/);
  return error;
};

const refundOf = (payment: ReturnType<typeof aPayment>, amountCents = payment.amountCents): RefundRequest => ({
  refundId: newId(),
  payment,
  paidCents: payment.amountCents,
  amountCents,
  currency: payment.currency,
  reason: 'The order was cancelled.\nSorry!',
});

const paid = async (more = {}) => {
  const payment = aPayment(more);
  await provider.createCheckout(payment, soon());
  standIn.pay(payment);
  return payment;
};

describe.each<[Mode]>([['certificates'], ['public-key'], ['both']])('with %s', (mode) => {
  beforeEach(() => start(mode));

  test('a QR code is paid, the query knows it, and the notification says the same', async () => {
    const payment = aPayment();
    expect(await provider.getPayment(payment, soon())).toEqual({ state: 'unknown' });
    const checkout = await provider.createCheckout(payment, soon());
    expect(checkout).toEqual({ qrCode: expect.stringMatching(/^weixin:\/\/wxpay\/bizpayurl\?pr=[\w-]+$/) });
    expect(await provider.createCheckout(payment, soon())).toEqual(checkout);
    expect(await provider.getPayment(payment, soon())).toEqual({ state: 'open' });
    const { paidAt = 0 } = standIn.pay(payment);
    const facts = {
      amountCents: 19_900,
      currency: 'CNY',
      paidAt: Math.floor(paidAt / 1_000) * 1_000,
      payer: expect.stringMatching(/^o/),
    };
    expect(await provider.getPayment(payment, soon())).toEqual({ state: 'paid', facts });
    const { headers, body } = standIn.notification(payment, 'EV-1');
    expect(await provider.readNotification(Buffer.from(body), headers)).toEqual({
      kind: 'events',
      events: [{ kind: 'paid', eventId: 'EV-1', paymentId: payment.paymentId, orderId: payment.orderId, facts }],
      answer: { status: 200, contentType: 'application/json', body: '' },
    });
  });

  test('a checkout is closed before it is paid, and not after', async () => {
    const open = aPayment();
    await provider.createCheckout(open, soon());
    expect(await provider.closeCheckout(open, soon())).toEqual({ state: 'closed' });
    expect(standIn.pay(open).state).toBe('CLOSED');
    expect(await provider.getPayment(open, soon())).toEqual({ state: 'closed' });
    expect(await provider.closeCheckout(open, soon())).toEqual({ state: 'closed' });
    const payment = await paid();
    expect(await provider.closeCheckout(payment, soon())).toMatchObject({ state: 'paid', facts: { amountCents: 19_900 } });
    expect(standIn.payment(payment).state).toBe('PAID');
  });

  test('a refund is done, and its notification says so', async () => {
    const payment = await paid();
    const refund = refundOf(payment);
    expect(await provider.refund(refund, soon())).toEqual({ state: 'done' });
    expect(await provider.getRefund(refund, soon())).toEqual({ state: 'done' });
    // The money had come.
    expect(await provider.getPayment(payment, soon())).toMatchObject({ state: 'paid' });
    expect(await notificationOfRefund(refund)).toEqual({
      kind: 'refund',
      eventId: 'EV-2',
      refundId: refund.refundId,
      paymentId: payment.paymentId,
      orderId: payment.orderId,
      amountCents: 19_900,
      currency: 'CNY',
      standing: { state: 'done' },
    });
  });
});

/** What the adapter reads from it. */
async function notificationOfRefund({ refundId, payment }: RefundRequest): Promise<unknown> {
  const refund = standIn.books.refundOf(keyOf(refundId + payment.orderId));
  if (refund === undefined) throw new Error('The stand-in has no such refund.');
  const made = standIn.protocol.notificationOf({ id: 'EV-2', kind: 'refund', payment: standIn.payment(payment), refund });
  const read = await provider.readNotification(Buffer.from(made?.body ?? ''), made?.headers ?? {});
  return read.kind === 'events' ? read.events[0] : read;
}

describe('checkouts', () => {
  beforeEach(() => start('public-key'));

  test('inside WeChat are for one payer, and signed with the merchant key', async () => {
    const payment = aPayment({ channel: 'jsapi', payerId: 'oOwner' });
    const { app, payer, providerRef } = await provider.createCheckout(payment, soon());
    expect(payer).toBe('oOwner');
    expect(app).toMatchObject({ appId: worker['WECHATPAY_APP_ID'], signType: 'RSA', package: `prepay_id=${providerRef}` });
    const text = `${app?.['appId']}\n${app?.['timeStamp']}\n${app?.['nonceStr']}\n${app?.['package']}\n`;
    const key = createPublicKey(sandbox['SANDBOX_WECHATPAY_MERCHANT_KEY'] ?? '');
    expect(verify('sha256', Buffer.from(text), key, Buffer.from(app?.['paySign'] ?? '', 'base64'))).toBe(true);
    standIn.pay(payment, 'oStranger');
    expect(await provider.getPayment(payment, soon())).toMatchObject({ state: 'paid', facts: { payer: 'oStranger' } });
  });

  test.each([
    ['in another currency', { currency: 'EUR' }, 'takes CNY only'],
    ['by a channel that WeChat Pay lacks', { channel: 'page' as const }, 'choose qr or jsapi'],
    ['inside WeChat without a payer', { channel: 'jsapi' as const }, 'openid'],
  ])('%s are refused without a call', async (_, more, says) => {
    const error = await provider.createCheckout(aPayment(more), soon()).catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: 'ProviderRefused', message: expect.stringContaining(says) });
    expect(standIn.requests).toEqual([]);
  });

  test('of a payment that is closed are refused; of one that is paid, the outcome is left to the query', async () => {
    const closed = aPayment();
    await provider.createCheckout(closed, soon());
    await provider.closeCheckout(closed, soon());
    expect((await failureOf(provider.createCheckout(closed, soon()))).name).toBe('ProviderRefused');
    const payment = await paid();
    expect((await failureOf(provider.createCheckout(payment, soon()))).name).toBe('ProviderUnavailable');
  });

  test('whose titles are long or strange are taken, and their times are those of Beijing', async () => {
    const lines = [{ title: `\`小米\n手机\` ${'长'.repeat(200)}`, quantity: 1, unitCents: 19_900 }];
    const payment = aPayment({ lines, expiresAt: Date.now() - HOUR_MS });
    await provider.createCheckout(payment, soon());
    const { title, expiresAt = 0 } = standIn.payment(payment);
    expect(title).toMatch(/^小米 手机 长+$/);
    expect(Buffer.byteLength(title)).toBeLessThanOrEqual(127);
    // WeChat Pay leaves at least a minute.
    expect(expiresAt).toBeGreaterThan(Date.now() + 50_000);
    const usual = aPayment();
    await provider.createCheckout(usual, soon());
    expect(standIn.payment(usual).expiresAt).toBe(Math.floor(usual.expiresAt / 1_000) * 1_000);
  });

  test('whose time is over stay open at WeChat Pay until they are closed', async () => {
    const payment = aPayment();
    await provider.createCheckout(payment, soon());
    laterBy(HOUR_MS);
    expect(standIn.pay(payment).state).toBe('CLOSED');
    expect(await provider.getPayment(payment, soon())).toEqual({ state: 'open' });
    expect((await provider.closeCheckout(payment, soon())).state).toBe('closed');
    expect(await provider.getPayment(payment, soon())).toEqual({ state: 'closed' });
  });

  test('that never reached WeChat Pay count as closed', async () => {
    expect(await provider.closeCheckout(aPayment(), soon())).toEqual({ state: 'closed' });
  });

  test('are paid or closed, never both, whatever comes first', async () => {
    const seen = new Set<string>();
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const payment = aPayment();
        await provider.createCheckout(payment, soon());
        if (index === 0) standIn.pay(payment);
        const closing = provider.closeCheckout(payment, soon());
        // The last one pays too late for certain.
        if (index === 29) await closing;
        else await new Promise((resolve) => setTimeout(resolve, index));
        const books = standIn.pay(payment).state;
        const { state } = await closing;
        expect(state).toBe(books === 'PAID' ? 'paid' : 'closed');
        seen.add(state);
      }),
    );
    expect([...seen].sort()).toEqual(['closed', 'paid']);
  });
});

describe('refunds', () => {
  beforeEach(() => start('public-key'));

  test('of parts add up to the payment, and a repeated one counts once', async () => {
    const payment = await paid();
    const first = refundOf(payment, 5_000);
    for (let i = 0; i < 2; i += 1) expect(await provider.refund(first, soon())).toEqual({ state: 'done' });
    expect(await provider.refund(refundOf(payment, 14_900), soon())).toEqual({ state: 'done' });
    expect(standIn.books.refundedCents(keyOf(payment.paymentId))).toBe(19_900);
    expect(await provider.refund(refundOf(payment, 1), soon())).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('INVALID_REQUEST'),
    });
  });

  test('are pending until WeChat Pay has paid them', async () => {
    standIn.refunds = { state: 'PENDING' };
    const refund = refundOf(await paid());
    expect(await provider.refund(refund, soon())).toEqual({ state: 'pending' });
    expect(await provider.getRefund(refund, soon())).toEqual({ state: 'pending' });
    standIn.books.endRefund(keyOf(refund.refundId + refund.payment.orderId));
    expect(await provider.getRefund(refund, soon())).toEqual({ state: 'done' });
    expect(await provider.refund(refund, soon())).toEqual({ state: 'done' });
  });

  test.each([
    ['ABNORMAL', 'by hand in the WeChat Pay merchant platform'],
    ['CLOSED', 'closed the refund'],
    ['NOT_ENOUGH', 'balance'],
  ])('that end as %s go to the operator with a reason', async (reason, says) => {
    standIn.refunds = { state: 'REFUSED', reason };
    const refund = refundOf(await paid());
    const refused = { state: 'refused', reason: expect.stringContaining(says) };
    expect(await provider.refund(refund, soon())).toEqual(refused);
    if (reason !== 'NOT_ENOUGH') expect(await notificationOfRefund(refund)).toMatchObject({ standing: refused });
  });

  test('of a payment that WeChat Pay does not have are refused; of one that it misses for a moment, repeated', async () => {
    expect(await provider.refund(refundOf(aPayment()), soon())).toMatchObject({ state: 'refused' });
    expect(await provider.getRefund(refundOf(aPayment()), soon())).toEqual({ state: 'unknown' });
    const payment = await paid();
    const refund = refundOf({ ...payment, paymentId: aPayment().paymentId });
    // The stand-in misses it, as WeChat Pay does at times, and knows the payment a moment later.
    standIn.tamper = (answer) => {
      if (answer.status === 404) {
        standIn.books.open({ ...standIn.payment(payment), paymentId: refund.payment.paymentId.replaceAll('-', '') });
        standIn.books.pay(keyOf(refund.payment.paymentId));
      }
      return answer;
    };
    expect((await failureOf(provider.refund(refund, soon()))).name).toBe('ProviderUnavailable');
    expect(await provider.refund(refund, soon())).toEqual({ state: 'done' });
  });

  test('in another currency are refused without a call', async () => {
    const refund = { ...refundOf(aPayment()), currency: 'EUR' };
    expect(await provider.refund(refund, soon())).toMatchObject({ state: 'refused' });
    expect(standIn.requests).toEqual([]);
  });
});

describe('the daily bill', () => {
  beforeEach(() => start('public-key'));

  const linesOf = async (day: string): Promise<StatementLine[]> => {
    const lines: StatementLine[] = [];
    for await (const line of provider.readStatement(day)) lines.push(line);
    return lines;
  };
  const beijingDay = (at: number) => new Date(at + 8 * HOUR_MS).toISOString().slice(0, 10);

  test('has every payment and refund of the day, and not those of other systems', async () => {
    laterBy(0);
    const day = beijingDay(Date.now());
    const [payment, other] = [await paid(), await paid({ amountCents: 5, lines: [{ title: 'a,b', quantity: 1, unitCents: 5 }] })];
    const refund = refundOf(payment, 4_950);
    await provider.refund(refund, soon());
    standIn.refunds = { state: 'REFUSED', reason: 'CLOSED' };
    await provider.refund(refundOf(other, 5), soon());
    standIn.books.open({ ...standIn.payment(payment), paymentId: 'invoice-2026-1129' });
    standIn.books.pay(keyOf('invoice-2026-1129').replace(/.*/, 'wechatpay:invoice-2026-1129'));
    const at = Math.floor(Date.now() / 1_000) * 1_000;
    laterBy(24 * HOUR_MS);
    expect(await linesOf(day)).toEqual([
      { kind: 'payment', paymentId: payment.paymentId, amountCents: 19_900, currency: 'CNY', at },
      { kind: 'payment', paymentId: other.paymentId, amountCents: 5, currency: 'CNY', at },
      { kind: 'refund', paymentId: payment.paymentId, refundId: refund.refundId, amountCents: 4_950, currency: 'CNY', at },
    ]);
  });

  test('of a day without payments is not ready, and that of today is not asked for', async () => {
    expect((await failureOf(linesOf('2026-01-31'))).name).toBe('StatementNotReady');
    const { length } = standIn.requests;
    expect((await failureOf(linesOf(beijingDay(Date.now())))).name).toBe('StatementNotReady');
    expect(standIn.requests).toHaveLength(length);
  });

  test('is not believed if it is another file than the announced one', async () => {
    laterBy(0);
    const day = beijingDay(Date.now());
    await paid();
    laterBy(24 * HOUR_MS);
    expect(await linesOf(day)).toHaveLength(1);
    const others: ((file: Buffer) => Buffer)[] = [
      (file) => file.subarray(0, -9),
      (file) => gzipSync(gunzipSync(file).toString().replace('`199.00', '`1.00')),
    ];
    for (const other of others) {
      standIn.tamper = (answer, path) => (path.endsWith('/file') ? { ...answer, body: other(Buffer.from(answer.body)) } : answer);
      expect((await failureOf(linesOf(day))).name).toBe('ProviderUnavailable');
    }
  });
});
