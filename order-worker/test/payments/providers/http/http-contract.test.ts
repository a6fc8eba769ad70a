import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ControlledProcess, findProgram, freePort, ThrowAwayFolder } from 'dev';
import { startTrial } from 'payment-sandbox';
import { newId } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProviderEvent } from '../../../../src/payments/provider.ts';
import { HttpProvider } from '../../../../src/payments/providers/http/http-provider.ts';
import { provider as httpModule } from '../../../../src/payments/providers/http/index.ts';
import { collect, giveUpAt, paymentOf } from './payment.ts';

const SECRET = 'a secret that both sides share, 32 bytes';
const example = fileURLToPath(new URL('../../../../../docs/examples/payment_service.py', import.meta.url));
const log = { info() {}, warn() {}, error() {} };

/** Starts a payment service that notifies `notifyUrl`. Resolves with its address and what stops it. */
type Start = (notifyUrl: string) => Promise<{ url: string; stop: () => unknown }>;

const startSandbox: Start = async (webhooksUrl) => {
  const { sandbox } = await startTrial(['http'], { webhooksUrl, log, environment: () => ({ PAYMENT_WEBHOOK_SECRET: SECRET }) });
  return { url: sandbox.url, stop: () => sandbox.stop() };
};

const startExample: Start = async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const folder = new ThrowAwayFolder('payment-service');
  const service = new ControlledProcess(folder, {
    name: 'payment-service',
    program: findProgram('python3') ?? 'python3',
    args: [example, String(port), SECRET],
    stopSignal: 'SIGTERM',
    stopWithinMs: 5_000,
    guardSignal: 'KILL',
    isReady: async () => (await fetch(`${url}/payments/none`).catch(() => undefined))?.status === 401,
    readyWithinMs: 60_000,
  });
  await service.start();
  const stop = async () => {
    await service.stop();
    await folder.close();
  };
  return { url, stop };
};

test('the example has about fifty lines', () => {
  const lines = readFileSync(example, 'utf8')
    .split('\n')
    .filter((line) => /^\s*[^\s#"]/.test(line));
  expect(lines.length).toBeLessThanOrEqual(50);
});

describe.each([
  ['the payment sandbox', startSandbox, true],
  ['the example in Python', startExample, findProgram('python3') !== undefined],
])('%s', (_name, start, isHere) => {
  let shop: Server;
  let service: Awaited<ReturnType<Start>>;
  let provider: HttpProvider;
  let events: ProviderEvent[];
  let isShopAway: boolean;

  /** The gateway's webhook: it accepts what the provider has verified. */
  async function takeNotification(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await collect(request as AsyncIterable<Buffer>));
    if (isShopAway) return void response.writeHead(503).end();
    const notification = await provider.readNotification(body, request.headers as Record<string, string>);
    if (notification.kind === 'events') events.push(...notification.events);
    response.writeHead(notification.answer.status).end(notification.answer.body);
  }

  beforeAll(async () => {
    if (!isHere) return;
    events = [];
    isShopAway = false;
    shop = createServer((request, response) => void takeNotification(request, response));
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
    const notifyUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/notify`;
    service = await start(notifyUrl);
    const returnUrl = (orderId: string) => `http://shop.test/${orderId}`;
    provider = new HttpProvider({ url: service.url, secrets: [SECRET], notifyUrl, returnUrl });
  });
  afterAll(async () => {
    if (!isHere) return;
    await service.stop();
    shop.closeAllConnections();
    await new Promise((resolve) => shop.close(resolve));
  });

  const facts = { amountCents: 1_250, currency: 'EUR', paidAt: expect.any(Number) };
  const paid = { state: 'paid', facts: expect.objectContaining(facts) };
  const open = async () => {
    const payment = paymentOf(newId());
    const { checkoutUrl = '' } = await provider.createCheckout(payment, giveUpAt());
    const { pathname } = new URL(checkoutUrl);
    const pay = () =>
      fetch(new URL(pathname.startsWith('/pay/') ? pathname : `${pathname}/pay`, checkoutUrl), { method: 'POST' });
    return { payment, checkoutUrl, pay };
  };

  test.skipIf(!isHere)('is paid once: the query, the close and the notification say the same', async () => {
    const { payment, checkoutUrl, pay } = await open();
    expect((await provider.createCheckout(payment, giveUpAt())).checkoutUrl).toBe(checkoutUrl);
    expect(await provider.getPayment(payment, giveUpAt())).toMatchObject({ state: 'open' });
    isShopAway = true;
    await pay();
    await pay();
    isShopAway = false;
    expect(await provider.getPayment(payment, giveUpAt())).toEqual(paid);
    expect(await provider.closeCheckout(payment, giveUpAt())).toEqual(paid);
    const ofPayment = () => events.filter(({ paymentId }) => paymentId === payment.paymentId);
    await expect.poll(ofPayment, { timeout: 20_000 }).toHaveLength(1);
    expect(ofPayment()).toEqual([
      { kind: 'paid', eventId: expect.any(String), paymentId: payment.paymentId, orderId: payment.orderId, facts: paid.facts },
    ]);
  });

  test.skipIf(!isHere)('takes no money after a close, also if the checkout arrives after it', async () => {
    const { payment, pay } = await open();
    const late = paymentOf(newId());
    for (const each of [payment, late]) {
      expect(await provider.closeCheckout(each, giveUpAt())).toMatchObject({ state: 'closed' });
      expect(await provider.getPayment(each, giveUpAt())).toMatchObject({ state: 'closed' });
    }
    await expect(provider.createCheckout(late, giveUpAt())).rejects.toMatchObject({ name: 'ProviderRefused' });
    await pay();
    expect(await provider.getPayment(payment, giveUpAt())).toMatchObject({ state: 'closed' });
    expect(await provider.getPayment(paymentOf(newId()), giveUpAt())).toMatchObject({ state: 'unknown' });
  });

  test.skipIf(!isHere)('gives a part back once, however often it is asked', async () => {
    const { payment, pay } = await open();
    await pay();
    const refund = { refundId: newId(), payment, paidCents: 1_250, amountCents: 250, currency: 'EUR', reason: 'a scratch' };
    expect(await provider.getRefund(refund, giveUpAt())).toMatchObject({ state: 'unknown' });
    for (let i = 0; i < 2; i += 1) expect(await provider.refund(refund, giveUpAt())).toMatchObject({ state: 'done' });
    expect(await provider.getRefund(refund, giveUpAt())).toMatchObject({ state: 'done' });
  });

  test.skipIf(!isHere)('answers a stranger nothing', async () => {
    const { payment } = await open();
    const { notifyUrl, returnUrl } = { notifyUrl: '', returnUrl: () => '' };
    const stranger = new HttpProvider({ url: service.url, secrets: ['another secret'], notifyUrl, returnUrl });
    await expect(stranger.getPayment(payment, giveUpAt())).rejects.toThrow('answered 401');
  });
});

describe('the sandbox', () => {
  test('makes the statement of a day', async () => {
    const { url, stop } = await startSandbox('http://127.0.0.1:9/notify');
    const provider = new HttpProvider({ url, secrets: [SECRET], notifyUrl: '', returnUrl: () => '' });
    const payment = paymentOf(newId());
    const { checkoutUrl } = await provider.createCheckout(payment, giveUpAt());
    await fetch(`${checkoutUrl}/pay`, { method: 'POST' });
    const refund = { refundId: newId(), payment, paidCents: 1_250, amountCents: 250, currency: 'EUR', reason: 'a scratch' };
    await provider.refund(refund, giveUpAt());
    const today = new Date().toISOString().slice(0, 10);
    const line = { paymentId: payment.paymentId, currency: 'EUR', at: expect.any(Number) };
    expect(await collect(provider.readStatement(today))).toEqual([
      { ...line, kind: 'payment', amountCents: 1_250 },
      { ...line, kind: 'refund', amountCents: 250, refundId: refund.refundId },
    ]);
    expect(await collect(provider.readStatement('2020-01-01'))).toEqual([]);
    await stop();
  });
});

describe('settings', () => {
  const faultsOf = (values: object, isDevelopment = false) =>
    httpModule.faultsOf?.({ SANDBOX_PORT: 3_900, INSECURE_DEMO: false, NODE_ENV: 'production', ...values }, isDevelopment);

  test('in development, the sandbox at SANDBOX_PORT and the secret that all parts know', async () => {
    expect(faultsOf({}, true)).toEqual([]);
    expect(faultsOf({ SANDBOX_PORT: 0 }, true)).toEqual([expect.stringContaining('SANDBOX_PORT is 0')]);
  });

  test('outside development, an address and a secret; beside the sandbox only INSECURE_DEMO', () => {
    expect(faultsOf({})).toEqual([expect.stringContaining('PAYMENT_HTTP_URL or PAYMENT_SANDBOX_URL is not set')]);
    const PAYMENT_SANDBOX_URL = 'http://sandbox.test';
    expect(faultsOf({ PAYMENT_SANDBOX_URL })).toEqual([expect.stringContaining('moves no money')]);
    expect(faultsOf({ PAYMENT_SANDBOX_URL, INSECURE_DEMO: true })).toEqual([]);
    const PAYMENT_HTTP_URL = 'https://pay.test';
    expect(faultsOf({ PAYMENT_HTTP_URL })).toEqual([expect.stringContaining('PAYMENT_WEBHOOK_SECRET is not set')]);
    expect(faultsOf({ PAYMENT_HTTP_URL, PAYMENT_WEBHOOK_SECRET: SECRET })).toEqual([]);
    expect(faultsOf({ PAYMENT_HTTP_URL, PAYMENT_WEBHOOK_SECRET: 'short' })).toHaveLength(1);
  });
});
