import { Redis } from 'ioredis';

/** FLUSHALL. Tries for 3 s if another fault has stopped or frozen Redis, then gives up. */
export async function flushRedis(url: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, commandTimeout: 3_000, maxRetriesPerRequest: 5, retryStrategy: () => 300 });
  redis.on('error', () => {});
  try {
    await redis.flushall();
  } catch {
    // Redis is down and has no memory to lose, or is frozen and keeps it.
  } finally {
    redis.disconnect();
  }
}
