import { Redis } from 'ioredis';
import type { Log } from 'seckill-core';

/**
 * Connects, and reconnects whenever the connection is lost. A command fails after two tries to reconnect, or 5 s without an answer (a frozen
 * server); its caller decides when to retry. ioredis re-sends commands in flight, which is safe because every script is idempotent.
 */
export function connectRedis(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    connectionName: 'seckill-order-worker',
    maxRetriesPerRequest: 2,
    commandTimeout: 5_000,
    connectTimeout: 2_000,
    keepAlive: 5_000,
    retryStrategy: (times) => Math.min(50 * times, 500),
    // After a failover the old address may answer as a replica.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
  let away = false;
  redis.on('error', (error) => {
    if (!away) log.warn({ err: error }, 'Redis is away; retrying until it is back');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info({}, 'Redis is back');
    away = false;
  });
  return redis;
}
