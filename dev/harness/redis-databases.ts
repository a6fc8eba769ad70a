import { Redis } from 'ioredis';
import type { Server } from '../servers/server.ts';

/** A database number for each slot: all but 0 of a private server, the empty ones of a foreign server. */
export async function redisTestUrls(server: Server): Promise<string[]> {
  return onRedis(server.url, async (redis) => {
    const [, count] = (await redis.config('GET', 'databases')) as [string, string];
    const all = Array.from({ length: Number(count) }, (_, index) => index);
    const used = (await redis.info('keyspace')).matchAll(/^db(\d+):/gm);
    const taken = new Set([0, ...Array.from(used, ([, index]) => Number(index))]);
    return all.filter((index) => !taken.has(index)).map((index) => urlOfIndex(server.url, index));
  });
}

export async function flush(url: string): Promise<void> {
  await onRedis(url, (redis) => redis.flushdb());
}

function urlOfIndex(url: string, index: number): string {
  const other = new URL(url);
  other.pathname = `/${index}`;
  return other.href;
}

async function onRedis<Result>(url: string, work: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  redis.on('error', () => {}); // the command that fails says it
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
