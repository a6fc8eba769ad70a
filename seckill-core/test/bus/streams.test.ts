import { type JetStreamManager, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { useTestServers } from 'dev/test';
import { connectNats, ensureStreams, natsOptions, STREAMS } from 'seckill-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PATIENCE_MS } from './use-nats.ts';

const servers = useTestServers();
let nc: NatsConnection;
let jsm: JetStreamManager;

beforeAll(async () => {
  nc = await connectNats(servers.natsUrl, 'test');
  jsm = await jetstreamManager(nc, { timeout: PATIENCE_MS });
});
beforeEach(async () => {
  for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name);
});
afterAll(() => nc.close());

const names = Object.values(STREAMS).map(({ name }) => name);
const configOf = async (name: string) => (await jsm.streams.info(name)).config;

describe('ensureStreams', () => {
  test('creates every stream, so that a full one refuses a winner instead of dropping another', async () => {
    await ensureStreams(jsm);
    for (const name of names) expect(await configOf(name)).toMatchObject({ retention: 'limits', storage: 'file' });
    expect(await configOf(STREAMS.reservations.name)).toMatchObject({ discard: 'new', subjects: ['seckill.reserved.*.*'] });
  });

  test('twice, and by two processes at once, changes nothing and loses no message', async () => {
    await Promise.all([ensureStreams(jsm), ensureStreams(jsm)]);
    await jsm.jetstream().publish('seckill.order.paid.sale', 'fact');
    await ensureStreams(jsm);
    expect((await jsm.streams.info(STREAMS.orders.name)).state.messages).toBe(1);
  });

  test('updates a stream with older settings and keeps its messages', async () => {
    const { name, subjects } = STREAMS.orders;
    await jsm.streams.add({ name, subjects: [...subjects], max_age: 1e12, discard: 'new' });
    await jsm.jetstream().publish('seckill.order.paid.sale', 'fact');
    await ensureStreams(jsm);
    expect(await configOf(name)).toMatchObject({ discard: 'old', max_age: STREAMS.orders.maxAgeMs * 1e6 });
    expect((await jsm.streams.info(name)).state.messages).toBe(1);
  });
});

describe('a stream of another program', () => {
  const { name, subjects } = STREAMS.reservations;

  test.each([
    { key: 'retention', config: { retention: RetentionPolicy.Workqueue }, has: '"workqueue", Seckill needs "limits"' },
    { key: 'storage', config: { storage: StorageType.Memory }, has: '"memory", Seckill needs "file"' },
  ])('that cannot be brought to our $key is named, with what to do', async ({ key, config, has }) => {
    await jsm.streams.add({ name, subjects: [...subjects], ...config });
    await expect(ensureStreams(jsm)).rejects.toThrow(`Stream ${name} has ${key} ${has}`);
    await expect(ensureStreams(jsm)).rejects.toThrow(`nats stream rm ${name}`);
  });

  test('that has our subjects under another name is an error with the reason of the server', async () => {
    await jsm.streams.add({ name: 'OTHER', subjects: ['seckill.>'] });
    await expect(ensureStreams(jsm)).rejects.toThrow(
      `Stream ${name} for seckill.reserved.*.* cannot be created: subjects overlap`,
    );
  });
});

describe('a URL of NATS', () => {
  test('carries user and password, a token, or nothing', () => {
    expect(natsOptions('nats://ann:p%40ss@host:4222')).toEqual({ servers: ['nats://host:4222'], user: 'ann', pass: 'p@ss' });
    expect(natsOptions('nats://secret@host:4222')).toEqual({ servers: ['nats://host:4222'], token: 'secret' });
    expect(natsOptions('nats://a:1, nats://b:2')).toEqual({ servers: ['nats://a:1', 'nats://b:2'] });
  });

  test('that is malformed is an error with an example', () => {
    expect(() => natsOptions('not a url')).toThrow('Example: nats://127.0.0.1:4222');
  });
});
