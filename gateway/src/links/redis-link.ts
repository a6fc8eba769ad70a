import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { readRunId } from 'seckill-core';

const WATCH_MS = 100;
/** So many looks without any answer: longer than any script takes, shorter than a buyer's patience. */
const SILENT_LOOKS = 10;
const RETRY_LIMIT_MS = 500;

/** Redis cannot be asked now. What was under way has an unknown outcome, and may be tried again under the same ids. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

/**
 * The gateway's connection to Redis. Nothing is queued while the server is away and nothing is sent twice: a command
 * fails at once, and the buyer, who holds the idempotency key, decides when to try again.
 */
export class RedisLink {
  readonly redis: Redis;
  readonly #log: Logger;
  #runId: string | undefined;
  #away = false;
  #listeners: ((runId: string) => void)[] = [];
  #waiting = 0;
  #answered = false;
  #silentLooks = 0;
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
      // After a failover the old primary may answer as a replica: look for the new one.
      reconnectOnError: (error) => error.message.startsWith('READONLY'),
    });
    this.redis.on('ready', () => void this.#identify());
    this.redis.on('close', () => this.#lose('the connection is closed'));
    this.redis.on('error', (error) => this.#lose(error.message));
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    this.#watch.unref();
  }

  /** The id of the Redis process that commands reach; undefined while that is not known, and then nothing may be reserved. */
  get runId(): string | undefined {
    return this.#runId;
  }

  /** Called with the run id each time a connection is ready for use. */
  onReady(listener: (runId: string) => void): void {
    this.#listeners.push(listener);
    if (this.#runId !== undefined) listener(this.#runId);
  }

  /** Runs commands. Throws {@link RedisAway} where the server cannot be asked, or does not answer. */
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

  /** Before anything is reserved on a new connection: which process is at the other end? */
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
   * A server that keeps the connection and does not answer (frozen, or behind a dead link) is left: a new connection shows when it is
   * back. Looks are counted and not time, since a process that was not given the CPU finds the answers late but finds them.
   */
  #look(): void {
    this.#silentLooks = this.#waiting > 0 && !this.#answered ? this.#silentLooks + 1 : 0;
    this.#answered = false;
    if (this.#silentLooks < SILENT_LOOKS) return;
    this.#silentLooks = 0;
    this.#lose('it keeps the connection and does not answer');
    this.redis.stream.destroy();
  }

  #lose(reason: string): void {
    this.#runId = undefined;
    if (this.#away) return;
    this.#away = true;
    this.#log.warn({ reason }, 'Redis is away: buyers get UNAVAILABLE until it is back; trying again for as long as it takes');
  }
}

const AWAY =
  /Stream isn't writeable|Connection is closed|max retries per request|^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN)|ECONN|EPIPE|ETIMEDOUT/;

function isAway(error: Error): boolean {
  return error.name === 'MaxRetriesPerRequestError' || AWAY.test(error.message);
}
