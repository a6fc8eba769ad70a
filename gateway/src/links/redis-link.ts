import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { readRunId } from 'seckill-core';

const WATCH_MS = 100;
/** Checks without any answer before the connection is given up: longer than any script takes, shorter than a buyer's patience. */
const SILENT_CHECKS = 10;
const RETRY_LIMIT_MS = 500;

/** Redis is unreachable. A command in flight has an unknown outcome, and may be retried under the same ids. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

/**
 * The gateway's connection to Redis. While the server is down, commands fail at once: none is queued, none is sent twice.
 * The buyer holds the idempotency key and decides when to retry.
 */
export class RedisLink {
  readonly redis: Redis;
  readonly #log: Logger;
  #runId: string | undefined;
  #away = false;
  #listeners: ((runId: string) => void)[] = [];
  #waiting = 0;
  #answered = false;
  #silentChecks = 0;
  readonly #watch: NodeJS.Timeout;

  constructor(url: string, log: Logger) {
    this.#log = log;
    this.redis = new Redis(url, {
      connectionName: 'seckill-gateway',
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 2_000,
      retryStrategy: (times) => Math.min(50 * times, RETRY_LIMIT_MS),
      // After a failover the old primary may answer as a replica: reconnect to find the new one.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    });
    this.redis.on('ready', () => void this.#identify());
    this.redis.on('close', () => this.#lose('the connection is closed'));
    this.redis.on('error', (error) => this.#lose(error.message));
    this.#watch = setInterval(() => this.#checkForAnswers(), WATCH_MS);
    this.#watch.unref();
  }

  /** The id of the Redis process that commands reach. While it is undefined, nothing may be reserved. */
  get runId(): string | undefined {
    return this.#runId;
  }

  /** Calls `listener` with the run id now if it is known, and each time a connection becomes ready. */
  onReady(listener: (runId: string) => void): void {
    this.#listeners.push(listener);
    if (this.#runId !== undefined) listener(this.#runId);
  }

  /** Runs commands. Throws {@link RedisAway} if the server cannot be reached or does not answer. */
  async ask<T>(work: (redis: Redis, runId: string) => Promise<T>): Promise<T> {
    if (this.#runId === undefined) throw new RedisAway('Redis is away.');
    this.#waiting += 1;
    try {
      return await work(this.redis, this.#runId);
    } catch (error) {
      throw isAway(error as Error) ? new RedisAway('Redis does not answer.', { cause: error }) : error;
    } finally {
      this.#waiting -= 1;
      this.#answered = true;
    }
  }

  close(): void {
    this.#away = true;
    clearInterval(this.#watch);
    this.redis.disconnect();
  }

  /** Reads which process is at the other end, before anything is reserved on a new connection. */
  async #identify(): Promise<void> {
    try {
      const runId = await readRunId(this.redis);
      this.#runId = runId;
      if (this.#away) this.#log.info('Redis is back');
      this.#away = false;
      for (const listener of this.#listeners) listener(runId);
    } catch (error) {
      this.#lose((error as Error).message);
      this.redis.stream.destroy();
    }
  }

  /**
   * Drops the connection to a server that does not answer (frozen, or behind a dead link); a new connection shows when it is back.
   * It counts checks instead of time: a gateway that was not given the CPU sees the answers late, but sees them.
   */
  #checkForAnswers(): void {
    this.#silentChecks = this.#waiting > 0 && !this.#answered ? this.#silentChecks + 1 : 0;
    this.#answered = false;
    if (this.#silentChecks < SILENT_CHECKS) return;
    this.#silentChecks = 0;
    this.#lose('the server does not answer');
    this.redis.stream.destroy();
  }

  #lose(reason: string): void {
    this.#runId = undefined;
    if (this.#away) return;
    this.#away = true;
    this.#log.warn({ reason }, 'Redis is away: buyers get UNAVAILABLE until it is back; retrying');
  }
}

const AWAY =
  /Stream isn't writeable|Connection is closed|max retries per request|^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN)|ECONN|EPIPE|ETIMEDOUT/;

function isAway(error: Error): boolean {
  return error.name === 'MaxRetriesPerRequestError' || AWAY.test(error.message);
}
