import { startTrial, type Trial } from 'payment-sandbox';
import { BuyerApi, granted, HttpClient, type StartedPayment } from 'simulation';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../src/index.ts';
import { createProviders, readProviders } from '../../src/payments/configure-providers.ts';
import type { CheckoutRequest, PaymentProvider } from '../../src/payments/provider.ts';
import { quiet } from '../support/platform.ts';
import { newRequest, soon } from './alipay/alipay-shop.ts';

/** What a buyer is answered whose checkout takes no money. */
const CLOSED = { ok: false, code: 'HTTP_409' };

describe.each([...PROVIDERS.keys()])('%s', (name) => {
  let trial: Trial;
  let provider: PaymentProvider;
  let client: HttpClient;
  let buyer: BuyerApi;

  beforeAll(async () => {
    // Notifications go nowhere.
    trial = await startTrial([name], { webhooksUrl: 'http://127.0.0.1:9/api/payments/webhook', log: quiet });
    const { providers } = readProviders([name], trial.worker, true);
    [provider] = (await createProviders(providers, { publicUrl: trial.sandbox.url, log: quiet })) as [PaymentProvider];
    client = new HttpClient();
    buyer = new BuyerApi(client, trial.sandbox.url);
  });
  afterAll(async () => {
    client.close();
    await trial.sandbox.stop();
  });

  const start = async (request: CheckoutRequest) => {
    const { providerRef, ...checkout } = await provider.createCheckout(request, soon());
    const started = { provider: name, paymentId: request.paymentId, ...checkout } as StartedPayment;
    return { started, request: { ...request, providerRef } };
  };

  test('a checkout that was closed takes no money, whether its page was open or is opened again', async () => {
    const { started, request } = await start(newRequest());
    const page = granted(await buyer.openCheckout(started));
    expect(await provider.closeCheckout(request, soon())).toEqual({ state: 'closed' });
    expect(await buyer.press(page)).toMatchObject(CLOSED);
    expect(await buyer.pay(started)).toMatchObject(CLOSED);
  });

  test('a paid checkout that is opened again takes the money once', async () => {
    const { started, request } = await start(newRequest());
    expect(await buyer.pay(started)).toMatchObject({ ok: true });
    expect(await buyer.pay(started)).toMatchObject({ ok: true });
    expect(await provider.getPayment(request, soon())).toMatchObject({ state: 'paid', facts: { amountCents: 2_580 } });
  });

  test('a checkout whose time was over before its page was opened asks for no money', async () => {
    // A deadline passes between the check of the order and the answer of the provider.
    const { started, request } = await start(newRequest({ expiresAt: Date.now() - 1 }));
    expect(await provider.closeCheckout(request, soon())).toEqual({ state: 'closed' });
    expect(await buyer.pay(started)).toMatchObject(CLOSED);
  });
});
