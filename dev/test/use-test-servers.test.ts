import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { natsOptions } from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { describe, expect, inject, test } from 'vitest';
import { useTestServers } from '../harness/use-test-servers.ts';

const one = useTestServers();

let readTooEarly: () => void;
try {
  void one.redisUrl;
  readTooEarly = () => {};
} catch (error) {
  readTooEarly = () => {
    throw error;
  };
}

// On a foreign NATS server the files take turns: there are never two users at a time.
describe.skipIf(inject('testServers').slots.length < 2)('two users of the test servers', () => {
  const other = useTestServers();

  test('have a Redis database each', async () => {
    const [redis, redisOther] = [new Redis(one.redisUrl), new Redis(other.redisUrl)];
    await redis.set('key', 'value');
    expect(await redisOther.get('key')).toBeNull();
    redis.disconnect();
    redisOther.disconnect();
  });

  test('have streams of their own', async () => {
    const [nats, natsOther] = await Promise.all([connectTo(one.natsUrl), connectTo(other.natsUrl)]);
    await (await jetstreamManager(nats)).streams.add({ name: 'SAME', subjects: ['same.>'] });
    await (await jetstreamManager(natsOther)).streams.add({ name: 'SAME', subjects: ['same.>'] });
    await (await jetstreamManager(nats)).jetstream().publish('same.thing');
    expect((await (await jetstreamManager(natsOther)).streams.info('SAME')).state.messages).toBe(0);
    await Promise.all([nats.close(), natsOther.close()]);
  });

  test('have a migrated database each', async () => {
    expect(one.databaseUrl).not.toBe(other.databaseUrl);
    const prisma = createPrisma({ databaseUrl: one.databaseUrl, max: 1 });
    expect(await prisma.order.count()).toBe(0);
    await prisma.$disconnect();
  });
});

test('a URL read while tests are being declared is refused', () => {
  expect(() => readTooEarly()).toThrow('redisUrl is there from beforeAll on');
});

const connectTo = (url: string) => connect(natsOptions(url));
