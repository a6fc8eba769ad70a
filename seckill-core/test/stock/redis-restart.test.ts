import { type RunningServers, startServers } from 'dev';
import { Redis } from 'ioredis';
import { readRunId } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateOf } from './item-state.ts';
import { ItemOnSale, settingsOf } from './use-stock.ts';

let servers: RunningServers<{ redis: object }>;
let redis: Redis;

beforeAll(async () => {
  servers = await startServers({ redis: {} }, { label: 'redis-restart' });
  redis = new Redis(servers.redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => undefined);
});
afterAll(async () => {
  redis.disconnect();
  await servers.stop();
});

test('after a restart no request wins until the item is verified on the new process, and earlier winners keep their answer', async () => {
  const before = new ItemOnSale(redis, await readRunId(redis), settingsOf('00002a', { stock: 2 }));
  await before.open();
  const { reservationId, userId, quantity } = await before.buy('ann');

  await servers.redis.restart();
  const runId = await readRunId(redis);
  expect(runId).not.toBe(before.runId);
  const after = new ItemOnSale(redis, runId, before.sale);
  expect((await after.buy('bob')).answer).toBe('STOCK_UNKNOWN');
  expect((await after.reserve({ reservationId, userId, quantity }))[0]?.answer).toBe('REPEATED');

  expect(await after.open()).toBe(true);
  expect((await after.buy('bob')).answer).toBe('REOPENING');
  await redis.hdel('seckill:{00002a}:item', 'reopensAt');
  expect((await after.buy('bob')).answer).toBe('RESERVED');
  expect((await after.buy('cid')).answer).toBe('SOLD_OUT');
  // A gateway that has not noticed the restart yet.
  expect((await before.buy('dan')).answer).toBe('STOCK_UNKNOWN');
  expect(await stateOf(after)).toMatchObject({ live: 2 });
});

test('scripts that Redis has lost are sent again', async () => {
  const item = new ItemOnSale(redis, await readRunId(redis), settingsOf('00002b', { stock: 5 }));
  await item.open();
  await item.buy('ann');
  await redis.script('FLUSH');
  expect((await item.buy('bob')).answer).toBe('RESERVED');
  expect(await stateOf(item)).toMatchObject({ live: 2 });
});
