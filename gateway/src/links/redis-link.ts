import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { examineRedis, inOneWrite, limitHandshake, RedisUnfit, redisAddress, redisRefusal } from 'seckill-core';

const WATCH_MS = 250;
/** Checks without any answer before the connection is given up: longer than any script takes, shorter than a buyer's patience. */
const SILENT_CHECKS = 4;
/** How often the server is examined, in checks. */
const EXAMINE_EVERY = 2;
const RETRY_LIMIT_MS = 500;
/** The same trouble is logged once in this time, even if it comes and goes. */
const QUIET_MS = 60_000;

/** Redis is unreachable, or refuses to serve. A command in flight has an unknown outcome, and may be retried under the same ids. */
export class RedisAway extends Error {
  override readonly name = 'RedisAway';
}

/**
 * The gateway's connection to Redis. While the server is down, commands fail at once: none is queued, none is sent twice.
 * The buyer holds the idempotency key and decides when to retry.
 *
 * A server that answers but takes no writes counts as away as well. Twice a second the link examines it: that finds the reason for
 * `/readyz`, the end of the trouble, and a promotion during which the connection stayed open.
 */
export class RedisLink {
  readonly redis: Redis;
  readonly #log: Logger;
  #runId: string | undefined;
  #trouble: string | undefined = 'Redis is away.';
  #logged: { reason: string; at: number } | undefined;
  #complained = false;
  #closed = false;
  #listeners: ((runId: string) => void)[] = [];
  #polls: (() => void)[] = [];
  #waiting = 0;
  #answered = false;
  #silentChecks = 0;
  #checks = 0;
  #examining = false;
  readonly #watch: NodeJS.Timeout;

  constructor(url: string, log: Logger, handshakeMs?: number) {
    this.#log = log;
    this.redis = new Redis(url, {
      connectionName: 'seckill-gateway',
      enableOfflineQueue: false,
      // Its own check needs the right to call INFO, complains on the console, and knows nothing of a full server.
      enableReadyCheck: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      connectTimeout: 2_000,
      retryStrategy: (times) => Math.min(50 * times, RETRY_LIMIT_MS),
      // After a failover the old primary may answer as a replica: reconnect to find the new one. And a new password needs a new connection.
      reconnectOnError: (error) => /^(READONLY|NOAUTH)/.test(error.message),
    });
    limitHandshake(this.redis, handshakeMs);
    this.redis.on('ready', () => void this.#examine());
    this.redis.on('close', () => {
      // A server that refuses the password closes the connection as well: the first reason is the one to know.
      if (this.#trouble === undefined) this.#lose('Redis is away.', 'the connection is closed');
    });
    this.redis.on('error', (error) => this.#lose(redisRefusal(error) ?? 'Redis is away.', error.message));
    this.#watch = setInterval(() => this.#check(), WATCH_MS);
    this.#watch.unref();
  }

  /** The id of the Redis process that commands reach, and of its history. While it is undefined, nothing may be reserved. */
  get runId(): string | undefined {
    return this.#runId;
  }

  /** Why buyers cannot be served, as a sentence without addresses; undefined if they can. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Calls `listener` with the run id now if it is known, and each time a server becomes ready. */
  onReady(listener: (runId: string) => void): void {
    this.#listeners.push(listener);
    if (this.#runId !== undefined) listener(this.#runId);
  }

  /** Calls `poll` twice a second while connected. The commands that it sends before it returns are in one write with the examination. */
  onExamination(poll: () => void): void {
    this.#polls.push(poll);
  }

  /** Runs commands. Throws {@link RedisAway} if the server cannot be reached, does not answer, or refuses to serve. */
  async ask<T>(work: (redis: Redis, runId: string) => Promise<T>): Promise<T> {
    if (this.#runId === undefined) throw new RedisAway(this.#trouble);
    try {
      return await this.#await(work(this.redis, this.#runId));
    } catch (error) {
      const refusal = redisRefusal(error);
      if (refusal !== undefined) this.#lose(refusal, refusal);
      else if (!isAway(error as Error)) throw error;
      // Without the cause: ioredis's error carries the command's arguments, and with them buyers' ids.
      throw new RedisAway(refusal ?? 'Redis does not answer.');
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    this.redis.disconnect();
  }

  async #await<T>(reply: Promise<T>): Promise<T> {
    this.#waiting += 1;
    try {
      return await reply;
    } finally {
      this.#waiting -= 1;
      this.#answered = true;
    }
  }

  /** Finds out which process and history is at the other end, and whether it takes writes, before anything is reserved. */
  async #examine(): Promise<void> {
    if (this.#examining || this.redis.status !== 'ready') return;
    this.#examining = true;
    try {
      const examined = inOneWrite(this.redis, () => {
        for (const poll of this.#polls) poll();
        return this.#await(examineRedis(this.redis));
      });
      this.#enter(await examined);
    } catch (error) {
      const refusal = error instanceof RedisUnfit ? error.message : redisRefusal(error);
      this.#lose(refusal ?? 'Redis is away.', refusal ?? (error as Error).message);
    } finally {
      this.#examining = false;
    }
  }

  #enter(runId: string): void {
    if (this.redis.status !== 'ready' || this.#runId === runId) return;
    this.#runId = runId;
    if (this.#complained) this.#log.info({ server: redisAddress(this.redis) }, 'Redis is back');
    this.#complained = false;
    this.#trouble = undefined;
    for (const listener of this.#listeners) listener(runId);
  }

  /**
   * Drops the connection to a server that does not answer (frozen, or behind a dead link); a new connection shows when it is back.
   * It counts checks instead of time: a gateway that was not given the CPU sees the answers late, but sees them.
   */
  #check(): void {
    this.#silentChecks = this.#waiting > 0 && !this.#answered ? this.#silentChecks + 1 : 0;
    this.#answered = false;
    this.#checks += 1;
    if (this.#checks % EXAMINE_EVERY === 0) void this.#examine();
    if (this.#silentChecks < SILENT_CHECKS) return;
    this.#silentChecks = 0;
    this.#lose('Redis is away.', 'the server does not answer');
    this.redis.stream.destroy();
  }

  #lose(trouble: string, reason: string): void {
    const isNew = this.#trouble === undefined || this.#logged === undefined || this.#trouble !== trouble;
    this.#runId = undefined;
    this.#trouble = trouble;
    const now = performance.now();
    const isKnown = this.#logged?.reason === reason && now - this.#logged.at < QUIET_MS;
    if (this.#closed || !isNew || isKnown) return;
    this.#logged = { reason, at: now };
    this.#complained = true;
    this.#log.warn(
      { reason, server: redisAddress(this.redis) },
      'Redis is away, or cannot be sold from: buyers get UNAVAILABLE until it is back; retrying',
    );
  }
}

const AWAY = /Stream isn't writeable|Connection is closed|max retries per request|ECONN|EPIPE|ETIMEDOUT/;

function isAway(error: Error): boolean {
  return error.name === 'MaxRetriesPerRequestError' || AWAY.test(error.message);
}
