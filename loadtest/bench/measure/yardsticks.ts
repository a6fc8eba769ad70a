import { Redis } from 'ioredis';
import pg from 'pg';
import { readReservations } from 'seckill-core';
import type { BenchPlatform } from './platform.ts';

const PORTION = 5_000;
/** Fields of one HSET. */
const FIELDS = 1_000;
/** No item has this key. */
const COPY = 'bench:{yardstick}';

interface Row {
  id: string;
  record: string;
}

/** The least work that a row of `--books` can be compared with on the same machine, in seconds each. */
export class Yardsticks {
  readonly #client: pg.Client;
  readonly #redis: Redis;
  readonly #itemId: string;

  private constructor(client: pg.Client, redis: Redis, itemId: string) {
    this.#client = client;
    this.#redis = redis;
    this.#itemId = itemId;
  }

  static async connect(
    { databaseUrl, redisUrl }: Pick<BenchPlatform, 'databaseUrl' | 'redisUrl'>,
    itemId: string,
  ): Promise<Yardsticks> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    return new Yardsticks(client, new Redis(redisUrl), itemId);
  }

  /** Reads every order of the item in portions, and writes it into one hash: what a rebuild does without sums and checks. */
  async copyOrders(): Promise<number> {
    const seconds = await timed(() =>
      this.#readOrders(async (rows) => {
        for (let from = 0; from < rows.length; from += FIELDS) {
          await this.#redis.call('HSET', COPY, ...rows.slice(from, from + FIELDS).flatMap(({ id, record }) => [id, record]));
        }
      }),
    );
    await this.#redis.unlink(COPY);
    return seconds;
  }

  /** Reads every order of the item and every reservation once: what the full audit compares. */
  readBothSides(): Promise<number> {
    return timed(async () => {
      await this.#readOrders(async () => {});
      for await (const _ of readReservations(this.#redis, this.#itemId));
    });
  }

  countOrders(): Promise<number> {
    return timed(() => this.#client.query('SELECT count(*) FROM orders'));
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await this.#client.end();
  }

  async #readOrders(take: (rows: readonly Row[]) => Promise<void>): Promise<void> {
    await this.#client.query('BEGIN');
    await this.#client.query(`DECLARE yardstick NO SCROLL CURSOR FOR
      SELECT id::text AS id, concat_ws('|', status, user_id, quantity, reserved_at, pay_by) AS record FROM orders WHERE item_id = '${this.#itemId}'`);
    for (;;) {
      const { rows } = await this.#client.query<Row>(`FETCH ${PORTION} FROM yardstick`);
      if (rows.length === 0) break;
      await take(rows);
    }
    await this.#client.query('COMMIT');
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
