import { expect, test } from 'vitest';
import { ConfigFault, readSandboxConfig, readWorkerConfig } from '../../src/config.ts';

const faultsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
  return [];
};

test('development needs no settings', () => {
  expect(readWorkerConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 0,
    databaseUrl: 'postgresql://seckill:seckill@127.0.0.1:5432/seckill',
    orders: { batchSize: 500, pauseMs: 0, concurrency: 2 },
    streamReplicas: 1,
    sandbox: { webhookUrl: 'http://127.0.0.1:3000/api/payments/webhook', webhookSecret: 'development-payment-webhook-secret' },
  });
});

test('every fault is told at once, with the value that was given', () => {
  const faults = faultsOf(() =>
    readWorkerConfig({ ORDER_BATCH_SIZE: '0', WORKER_PORT: 'http', REDIS_URL: 'localhost', LOG_LEVEL: 'loud' }),
  );
  expect(faults).toHaveLength(4);
  expect(faults.join('\n')).toContain('ORDER_BATCH_SIZE has to be a number from 1 to 5000; it is "0".');
  expect(faults.join('\n')).toContain('REDIS_URL has to be an address like redis://');
});

test('production has no default secrets and starts no sandbox', () => {
  const faults = faultsOf(() => readWorkerConfig({ NODE_ENV: 'production' }));
  expect(faults).toEqual([
    expect.stringContaining('DATABASE_URL is not set'),
    expect.stringContaining('PAYMENT_SANDBOX_URL is not set'),
  ]);
  expect(
    faultsOf(() => readSandboxConfig({ NODE_ENV: 'production', PAYMENT_WEBHOOK_SECRET: 'development-payment-webhook-secret' })),
  ).toEqual([expect.stringContaining('the development default')]);
  const DATABASE_URL = 'postgresql://own:secret@db/seckill';
  expect(readWorkerConfig({ NODE_ENV: 'production', DATABASE_URL, PAYMENT_SANDBOX_URL: 'http://sandbox:3900' })).toMatchObject({
    host: '0.0.0.0',
    sandbox: 'http://sandbox:3900',
  });
});

test.each(['production', 'staging', 'prod'])('NODE_ENV=%s is outside of development', (NODE_ENV) => {
  expect(faultsOf(() => readWorkerConfig({ NODE_ENV }))).toContainEqual(expect.stringContaining('DATABASE_URL is not set'));
  expect(faultsOf(() => readSandboxConfig({ NODE_ENV }))).toEqual([expect.stringContaining('PAYMENT_WEBHOOK_SECRET is not set')]);
});

test('the sandbox finds the gateway at the PORT that both are given', () => {
  expect(readWorkerConfig({ PORT: '18080' }).sandbox).toMatchObject({
    webhookUrl: 'http://127.0.0.1:18080/api/payments/webhook',
  });
  const PAYMENT_WEBHOOK_URL = 'https://shop.example/api/payments/webhook';
  expect(readSandboxConfig({ PORT: '18080', PAYMENT_WEBHOOK_URL })).toMatchObject({ webhookUrl: PAYMENT_WEBHOOK_URL });
});
