import { waitUntil } from 'dev';
import { Redis } from 'ioredis';
import { broadcast, connectNats, countReservations, readItemState, stockUnknown } from 'seckill-core';
import type { BenchPlatform } from './platform.ts';

type Connection = Awaited<ReturnType<typeof connectNats>>;

const LOOK_EVERY_MS = 20;

/** An item on sale that Redis can be made to lose. */
export class RebuiltItem {
  readonly #redis: Redis;
  readonly #nats: Connection;
  readonly #itemId: string;

  private constructor(redis: Redis, nats: Connection, itemId: string) {
    this.#redis = redis;
    this.#nats = nats;
    this.#itemId = itemId;
  }

  static async connect({ redisUrl, natsUrl }: Pick<BenchPlatform, 'redisUrl' | 'natsUrl'>, itemId: string): Promise<RebuiltItem> {
    return new RebuiltItem(new Redis(redisUrl), await connectNats(natsUrl, 'bench'), itemId);
  }

  async waitUntilOpen(withinMs: number): Promise<void> {
    const isOpen = async () => (await readItemState(this.#redis, this.#itemId)).runId !== undefined;
    if (!(await waitUntil(isOpen, withinMs, LOOK_EVERY_MS))) throw new Error(`Item ${this.#itemId} is not on sale in Redis.`);
  }

  /** Seconds from the loss to the item's opening. A gateway that a buyer asks for a lost item tells the workers, so this does too. */
  async rebuild(withinMs: number): Promise<number> {
    await this.#redis.flushall('ASYNC');
    const began = performance.now();
    broadcast(this.#nats, stockUnknown, { itemId: this.#itemId });
    await this.waitUntilOpen(withinMs);
    return (performance.now() - began) / 1000;
  }

  countReservations(): Promise<number> {
    return countReservations(this.#redis, this.#itemId);
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await this.#nats.close();
  }
}
