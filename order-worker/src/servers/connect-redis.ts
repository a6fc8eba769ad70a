import { Redis } from 'ioredis';
import { type Log, limitHandshake, redisAddress, redisRefusal } from 'seckill-core';

const PING_EVERY_MS = 1_000;
const ANSWER_WITHIN_MS = 5_000;
/** A busy worker may see one answer late. */
const SILENT_PINGS = 2;

const refusals = new WeakMap<Redis, string>();

/** Why the server refused the last connection, as a sentence without its address; undefined if it did not. */
export const lastRefusal = (redis: Redis): string | undefined => refusals.get(redis);

/**
 * Connects, and reconnects whenever the connection is lost. A command fails after two tries to reconnect, or 5 s without an answer (a frozen
 * server); its caller decides when to retry. ioredis re-sends commands in flight, which is safe because every script is idempotent.
 *
 * A server that accepts connections and never answers is reported after 3 s, and a link that goes silent is dropped after two pings.
 */
export function connectRedis(url: string, log: Log, handshakeMs?: number): Redis {
  const redis = new Redis(url, {
    connectionName: 'seckill-order-worker',
    maxRetriesPerRequest: 2,
    commandTimeout: ANSWER_WITHIN_MS,
    connectTimeout: 2_000,
    keepAlive: 5_000,
    retryStrategy: (times) => Math.min(50 * times, 500),
    // After a failover the old address may answer as a replica.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
  limitHandshake(redis, handshakeMs);
  dropSilentConnection(redis);
  let away = false;
  redis.on('error', (error) => {
    const refusal = redisRefusal(error);
    if (refusal === undefined) refusals.delete(redis);
    else refusals.set(redis, refusal);
    if (!away) {
      const reason = refusal ?? error.message;
      log.warn({ reason, server: redisAddress(redis) }, 'Redis is away; retrying until it is back');
    }
    away = true;
  });
  redis.on('ready', () => {
    refusals.delete(redis);
    if (away) log.info({ server: redisAddress(redis) }, 'Redis is back');
    away = false;
  });
  return redis;
}

/** Without this, a dead link would fail every command until TCP gives it up, after a quarter of an hour. */
function dropSilentConnection(redis: Redis): void {
  let isWaiting = false;
  let silent = 0;
  const timer = setInterval(async () => {
    if (isWaiting || redis.status !== 'ready') return;
    isWaiting = true;
    const answered = await redis.ping().then(
      () => true,
      (error: Error) => error.message !== 'Command timed out',
    );
    isWaiting = false;
    silent = answered ? 0 : silent + 1;
    if (silent < SILENT_PINGS) return;
    silent = 0;
    redis.stream.destroy(new Error(`the server has not answered for ${(SILENT_PINGS * ANSWER_WITHIN_MS) / 1_000} s`));
  }, PING_EVERY_MS);
  timer.unref();
  redis.on('end', () => clearInterval(timer));
}
