import { ConfigFault } from 'seckill-core';
import { expect, test } from 'vitest';
import { readWorkerConfig } from '../../src/config.ts';

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
    orders: { batchSize: 500, pauseMs: 0, concurrency: 2, priorityWeight: 9 },
    streamReplicas: undefined,
    streamStoreBytes: undefined,
    providers: [{ module: { name: 'http' }, values: { SANDBOX_PORT: 3_900 } }],
  });
});

test('every fault is reported at once, with the value that was given', () => {
  const faults = faultsOf(() =>
    readWorkerConfig({ ORDER_BATCH_SIZE: '0', WORKER_PORT: 'http', REDIS_URL: 'localhost', LOG_LEVEL: 'loud' }),
  );
  expect(faults).toHaveLength(4);
  expect(faults.join('\n')).toContain('ORDER_BATCH_SIZE has to be a number from 1 to 5000; it is "0".');
  expect(faults.join('\n')).toContain('REDIS_URL has to be an address like redis://');
});

test('production has no default database or sandbox', () => {
  const faults = faultsOf(() => readWorkerConfig({ NODE_ENV: 'production' }));
  expect(faults).toEqual([
    expect.stringContaining('DATABASE_URL is not set'),
    expect.stringContaining('PAYMENT_SANDBOX_URL is not set'),
  ]);
  const DATABASE_URL = 'postgresql://own:secret@db/seckill';
  const shop = { NODE_ENV: 'production', DATABASE_URL, PAYMENT_SANDBOX_URL: 'http://sandbox:3900' };
  expect(faultsOf(() => readWorkerConfig(shop))).toEqual([expect.stringContaining('The payment sandbox moves no money')]);
  expect(readWorkerConfig({ ...shop, INSECURE_DEMO: 'true' })).toMatchObject({
    host: '0.0.0.0',
    providers: [{ values: { PAYMENT_SANDBOX_URL: 'http://sandbox:3900' } }],
  });
});

test.each(['production', 'staging', 'prod'])('NODE_ENV=%s is outside of development', (NODE_ENV) => {
  expect(faultsOf(() => readWorkerConfig({ NODE_ENV }))).toContainEqual(expect.stringContaining('DATABASE_URL is not set'));
});

test('in development the worker needs the port or the address of the sandbox', () => {
  expect(faultsOf(() => readWorkerConfig({ SANDBOX_PORT: '0' }))).toEqual([expect.stringContaining('SANDBOX_PORT is 0')]);
  const PAYMENT_SANDBOX_URL = 'http://127.0.0.1:4000';
  expect(readWorkerConfig({ SANDBOX_PORT: '0', PAYMENT_SANDBOX_URL }).providers).toMatchObject([
    { values: { PAYMENT_SANDBOX_URL } },
  ]);
});

test('a provider that no folder holds is a fault', () => {
  expect(faultsOf(() => readWorkerConfig({ PAYMENT_PROVIDERS: 'http,cash' }))).toEqual([
    expect.stringContaining('PAYMENT_PROVIDERS names "cash"; known are '),
  ]);
});

test('a fault never shows an address that may hold a password', () => {
  const [fault] = faultsOf(() => readWorkerConfig({ DATABASE_URL: 'mysql://user:hunter2@db/shop' }));
  expect(fault).toBe('DATABASE_URL has to be an address like postgresql://user:password@host:port/database.');
});

test('a process feeds the sinks that are named, and one that is named has to be configured', () => {
  const env = { DATA_HUB_FILES: 'file:///x', CLICKHOUSE_URL: 'http://x:8123' };
  const fed = (...read: Parameters<typeof readWorkerConfig>) =>
    readWorkerConfig(...read)
      .dataHub.sinks.map(({ module }) => module.name)
      .toSorted();
  expect(fed(env)).toEqual(['clickhouse', 'files']);
  expect(fed({ ...env, DATA_HUB_SINKS: 'files' })).toEqual(['files']);
  expect(fed({ ...env, DATA_HUB_SINKS: 'none' })).toEqual([]);
  expect(fed({ ...env, DATA_HUB_SINKS: 'none' }, { listeners: [], sinks: ['clickhouse'] })).toEqual(['clickhouse']);
  expect(fed(env, { listeners: ['statistics'], sinks: [] })).toEqual([]);
  expect(faultsOf(() => readWorkerConfig({ CLICKHOUSE_URL: 'http://x:8123', DATA_HUB_SINKS: 'files,parquet' }))).toEqual([
    expect.stringMatching(/^There is no sink "parquet"; known are clickhouse, files/),
    expect.stringContaining('The sink files is not configured.'),
  ]);
});
