import { ConfigFault } from 'seckill-core';
import { expect, test } from 'vitest';
import { readSandboxConfig } from '../src/config.ts';

test('development needs no settings', () => {
  expect(readSandboxConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 3_900,
    webhooksUrl: 'http://127.0.0.1:3000/api/payments/webhook',
  });
});

test.each(['production', 'staging', 'prod'])(
  'NODE_ENV=%s needs a webhook secret that is not the development default',
  (NODE_ENV) => {
    expect(() => readSandboxConfig({ NODE_ENV })).toThrow(ConfigFault);
    expect(() => readSandboxConfig({ NODE_ENV })).toThrow(/PAYMENT_WEBHOOK_SECRET is not set/);
    const PAYMENT_WEBHOOK_SECRET = 'development-payment-webhook-secret';
    expect(() => readSandboxConfig({ NODE_ENV, PAYMENT_WEBHOOK_SECRET })).toThrow(/the development default/);
    const ready = { NODE_ENV, INSECURE_DEMO: 'true', PAYMENT_WEBHOOK_SECRET: 'a secret of the shop, 32 bytes at least' };
    expect(readSandboxConfig(ready).host).toBe('0.0.0.0');
    expect(() => readSandboxConfig({ ...ready, INSECURE_DEMO: '' })).toThrow(/moves no money/);
    expect(() => readSandboxConfig({ ...ready, PAYMENT_WEBHOOK_SECRET: 'short' })).toThrow(/has 5 bytes, too few/);
  },
);

test('the sandbox calls the gateway at the PORT that both are given, unless it has another address', () => {
  expect(readSandboxConfig({ PORT: '18080' }).webhooksUrl).toBe('http://127.0.0.1:18080/api/payments/webhook');
  const PAYMENT_WEBHOOK_URL = 'https://shop.example/api/payments/webhook';
  expect(readSandboxConfig({ PORT: '18080', PAYMENT_WEBHOOK_URL }).webhooksUrl).toBe(PAYMENT_WEBHOOK_URL);
});
