import type { Logger } from 'pino';
import { clearOutbox } from 'seckill-core';
import { RedisAway, type RedisLink } from '../links/redis-link.ts';

const EVERY_MS = 20;
const AWAY_MS = 500;
const PORTION = 500;
/** Past this, the rest is left to the relay, which finds that the stream has them already. */
const LIMIT = 100_000;

/** Removes reservations from the outbox once JetStream has stored them: one command for all of the last {@link EVERY_MS}. */
export class OutboxClearing {
  readonly #redis: RedisLink;
  readonly #log: Logger;
  #waiting = new Map<string, string[]>();
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(redis: RedisLink, log: Logger) {
    this.#redis = redis;
    this.#log = log;
  }

  add(itemId: string, winners: readonly { reservationId: string }[]): void {
    for (const { reservationId } of winners) this.#keep(itemId, reservationId, EVERY_MS);
  }

  /** Flushes one last time. If Redis is down, the rest is left to the relay. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#flush();
  }

  #keep(itemId: string, reservationId: string, forMs: number): void {
    if (this.#count >= LIMIT || this.#closed) return;
    this.#count += 1;
    const ids = this.#waiting.get(itemId);
    if (ids === undefined) this.#waiting.set(itemId, [reservationId]);
    else ids.push(reservationId);
    this.#timer ??= setTimeout(() => void this.#flush(), forMs);
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    this.#count = 0;
    await Promise.all(
      Array.from(waiting, async ([itemId, ids]) => {
        for (let from = 0; from < ids.length; from += PORTION) await this.#clear(itemId, ids.slice(from, from + PORTION));
      }),
    );
  }

  async #clear(itemId: string, ids: string[]): Promise<void> {
    try {
      await this.#redis.ask((redis) => clearOutbox(redis, itemId, ids));
    } catch (error) {
      if (error instanceof RedisAway) for (const id of ids) this.#keep(itemId, id, AWAY_MS);
      else this.#log.error({ err: error, itemId }, 'the outbox could not be cleared; the relay will clear it');
    }
  }
}
