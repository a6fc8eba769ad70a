import type { Redis } from 'ioredis';
import { LANES, type Lane, Problem, type PublishedDraw, readEntries, readRoom, type SaleWithRoom } from 'seckill-core';
import { RedisAway, type RedisLink } from '../links/redis-link.ts';
import { roomUnavailable } from './room-unavailable.ts';

/** A draw is read again after this time, since more places have had their turn. */
export const DRAW_KEPT_MS = 5_000;

interface Kept {
  text: Promise<Buffer>;
  at: number;
}

/** What anyone needs to repeat a sale's shuffle, as JSON: 12 MB for a million entries, so one text serves all for a while. */
export class PublishedDraws {
  readonly #redis: Pick<RedisLink, 'ask'>;
  readonly #kept = new Map<string, Kept>();

  constructor(redis: Pick<RedisLink, 'ask'>) {
    this.#redis = redis;
  }

  /** Throws NOT_FOUND before the shuffle, and UNAVAILABLE if Redis is away or doesn't know the room. `now` is monotonic, in ms. */
  read(sale: SaleWithRoom, now: number): Promise<Buffer> {
    for (const [saleId, { at }] of this.#kept) if (now - at >= DRAW_KEPT_MS) this.#kept.delete(saleId);
    const kept = this.#kept.get(sale.saleId);
    if (kept !== undefined) return kept.text;
    const text = this.#redis
      .ask((redis, runId) => readDraw(redis, runId, sale))
      .then((draw) => Buffer.from(JSON.stringify(draw)))
      .catch((error: unknown) => {
        this.#kept.delete(sale.saleId);
        throw error instanceof RedisAway ? roomUnavailable() : error;
      });
    this.#kept.set(sale.saleId, { text, at: now });
    return text;
  }
}

async function readDraw(redis: Redis, runId: string, { saleId, waitingRoom }: SaleWithRoom): Promise<PublishedDraw> {
  const { runId: knownTo, entries, keys, seed, served } = await readRoom(redis, saleId);
  if (knownTo !== runId || seed === undefined) throw roomUnavailable();
  // Until then the seed is a secret.
  if (entries === undefined || LANES.some((lane) => entries[lane] > 0 && keys[lane] === undefined))
    throw new Problem('NOT_FOUND', 'The entries of this sale are not shuffled yet.');
  const laneOf = async (lane: Lane) => ({
    count: entries[lane],
    entries: await readEntries(redis, saleId, lane),
    key: keys[lane] ?? '',
    served: served[lane],
  });
  const lanes = { n: await laneOf('n'), p: await laneOf('p') };
  return { saleId, seedHash: waitingRoom.seedHash, seed, lanes };
}
