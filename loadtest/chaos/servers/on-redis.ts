import { Redis } from 'ioredis';

/** Runs commands on a connection that no fault touches. */
export async function onRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, commandTimeout: 5_000, maxRetriesPerRequest: 20, retryStrategy: () => 300 });
  redis.on('error', () => {});
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
