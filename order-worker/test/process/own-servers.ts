import { startServers } from 'dev';
import { migrate } from 'seckill-prisma';
import { afterAll, beforeAll } from 'vitest';
import { Platform } from '../support/platform.ts';

const start = (label: string) => startServers({ redis: {}, nats: {}, postgres: { durable: false } }, { label });

/** Servers that one test file may stop, and a platform on them. Both can be read from the first `beforeAll` on. */
export function useOwnServers(label: string): { servers: Awaited<ReturnType<typeof start>>; platform: Platform } {
  const own = {} as { servers: Awaited<ReturnType<typeof start>>; platform: Platform };
  beforeAll(async () => {
    own.servers = await start(label);
    const { redis, nats, postgres } = own.servers;
    await migrate({ databaseUrl: postgres.url });
    own.platform = await Platform.connect({ redisUrl: redis.url, natsUrl: nats.url, databaseUrl: postgres.url });
  });
  afterAll(async () => {
    await own.platform?.close();
    await own.servers?.stop();
  });
  return own;
}
