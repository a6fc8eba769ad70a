import type { Logger } from 'pino';
import { LANES, type Lane, type RoomState, readEntries, shuffleKeyOf, shufflePlaces, writeShuffleKey } from 'seckill-core';
import { RedisAway, type RedisLink } from '../links/redis-link.ts';
import type { RoomMemory } from './room-memory.ts';

/** Computes the places of those who came before entries closed. Each gateway does it alone, and all get the same. */
export class Shuffles {
  readonly #redis: RedisLink;
  readonly #log: Logger;
  readonly #running = new WeakMap<RoomMemory, Promise<void>>();

  constructor(redis: RedisLink, log: Logger) {
    this.#redis = redis;
    this.#log = log;
  }

  /** Begins what is missing for this state of the room. Resolves to true if memory has all places. */
  async follow(room: RoomMemory, state: RoomState): Promise<boolean> {
    const { entries } = state;
    if (entries === undefined) return false;
    const missing = LANES.filter((lane) => entries[lane] > 0 && !room.hasPlaces(lane, state.keys[lane] ?? ''));
    if (missing.length === 0) return true;
    if (!this.#running.has(room)) {
      const work = this.#shuffle(room, state, missing).finally(() => this.#running.delete(room));
      this.#running.set(room, work);
    }
    await this.#running.get(room);
    return false;
  }

  async #shuffle(room: RoomMemory, state: RoomState, lanes: readonly Lane[]): Promise<void> {
    try {
      for (const lane of lanes) {
        const key = state.keys[lane] ?? (await this.#deriveKey(room, state, lane));
        if (key !== undefined) room.setPlaces(lane, key, await shufflePlaces(key, state.entries?.[lane] ?? 0));
      }
    } catch (error) {
      if (!(error instanceof RedisAway))
        this.#log.error({ err: error, saleId: room.sale.saleId }, 'the entries of a waiting room could not be shuffled');
    }
  }

  /** Resolves to undefined if the room was rebuilt since, or another gateway's key is there: the next tick reads it. */
  async #deriveKey({ sale }: RoomMemory, { seed, epoch }: RoomState, lane: Lane): Promise<string | undefined> {
    if (seed === undefined) return undefined;
    const entries = await this.#redis.ask((redis) => readEntries(redis, sale.saleId, lane));
    const key = await shuffleKeyOf(seed, lane, entries);
    const isKept = await this.#redis.ask((redis, runId) => writeShuffleKey(redis, sale.saleId, { runId, epoch }, lane, key));
    return isKept ? key : undefined;
  }
}
