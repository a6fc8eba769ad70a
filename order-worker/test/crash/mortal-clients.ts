import { ProcessBoundary } from 'dev';
import { connectNats } from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { connectRedis } from '../../src/index.ts';
import { type Ground, quiet } from './ground.ts';

/** The clients of a process behind a boundary at which it can be killed. */
export async function connectThroughBoundary({ servers }: Ground, max: number) {
  const boundary = await ProcessBoundary.around(servers);
  const { redisUrl, natsUrl, databaseUrl } = boundary.urls;
  const nc = await connectNats(natsUrl, 'mortal');
  const redis = connectRedis(redisUrl, quiet);
  const prisma = createPrisma({ databaseUrl, max });
  return {
    boundary,
    clients: { nc, redis, prisma, databaseUrl },
    /** Kills the process. Once `stopped` has ended what still runs of it here, closes its clients. */
    dispose: async (stopped: () => Promise<unknown>) => {
      boundary.kill();
      redis.disconnect();
      await nc.close();
      await stopped();
      await prisma.$disconnect();
      await boundary.close();
    },
  };
}
