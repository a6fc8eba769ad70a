import { expect, test } from 'vitest';
import { paymentSettings } from '../platform/payment-settings.ts';

const sandbox = 'http://127.0.0.1:3900';
const addresses = { gateway: 'http://127.0.0.1:3000', sandbox };
const real = { PAYMENT_PROVIDERS: 'stripe', STRIPE_SECRET_KEY: 'sk_test_1', PUBLIC_URL: 'https://shop.example' };

test('the sandbox stands in for one provider unless others are named', async () => {
  const { workers } = await paymentSettings(undefined, {}, addresses);
  expect(workers).toEqual({ PUBLIC_URL: addresses.gateway, PAYMENT_PROVIDERS: 'http', PAYMENT_SANDBOX_URL: sandbox });
});

test('named providers get keys of a stand-in, also if the environment has real ones', async () => {
  const { workers } = await paymentSettings(['alipay', 'stripe'], real, addresses);
  expect(workers).toMatchObject({
    PAYMENT_PROVIDERS: 'alipay,stripe',
    PUBLIC_URL: real.PUBLIC_URL,
    STRIPE_API_URL: expect.any(String),
  });
  expect(workers['STRIPE_SECRET_KEY']).not.toBe(real.STRIPE_SECRET_KEY);
});

test('the providers of the environment are used as they are', async () => {
  expect(await paymentSettings(undefined, real, addresses)).toEqual({
    workers: { PUBLIC_URL: real.PUBLIC_URL },
    sandbox: { PAYMENT_WEBHOOK_URL: 'http://127.0.0.1:3000/api/payments/webhook' },
  });
});
