import type { Redis } from 'ioredis';
import {
  admit,
  beginRoomRebuild,
  findTickets,
  type JoinRequest,
  joinRoom,
  LANES,
  type Lane,
  newId,
  openRoom,
  readEntries,
  type SaleWithRoom,
  shuffleKeyOf,
  shufflePlaces,
  type TakeUpAnswer,
  takeUp,
  useClaims,
  writeShuffleKey,
} from 'seckill-core';
import { beforeAll, expect } from 'vitest';
import { useSetClock } from '../stock/set-clock.ts';
import { useStock } from '../stock/use-stock.ts';
import { type RoomWanted, roomSale, SEED } from './room-sale.ts';

/** When the sales of these tests start. */
export const START = 1_800_000_000_000;

/** Waiting rooms on an empty Redis whose clock the test sets. */
export function useRooms() {
  const stock = useStock();
  let setClock: (ms: number) => Promise<unknown>;
  beforeAll(async () => {
    setClock = await useSetClock(stock.redis, START);
  });
  return {
    get redis() {
      return stock.redis;
    },
    async open(wanted: RoomWanted = {}): Promise<Room> {
      const sale = roomSale({ startsAt: START, ...wanted });
      const room = new Room(stock.redis, stock.runId, sale, setClock);
      await room.at(START - 10_000);
      expect(await room.open()).toBe(true);
      return room;
    },
  };
}

/** One room, as a caller who keeps the highest progress sees it. */
export class Room {
  readonly redis: Redis;
  readonly runId: string;
  readonly sale: SaleWithRoom;
  readonly #setClock: (ms: number) => Promise<unknown>;
  now = 0;
  progress = 0;
  places: Record<Lane, Uint32Array> = { n: new Uint32Array(), p: new Uint32Array() };

  constructor(redis: Redis, runId: string, sale: SaleWithRoom, setClock: (ms: number) => Promise<unknown>) {
    this.redis = redis;
    this.runId = runId;
    this.sale = sale;
    this.#setClock = setClock;
  }

  get seen() {
    return { runId: this.runId, progressSeen: this.progress };
  }

  async at(now: number): Promise<void> {
    this.now = now;
    await this.#setClock(now);
  }

  wait = (ms: number) => this.at(this.now + ms);

  async open(): Promise<boolean> {
    const mark = newId();
    await beginRoomRebuild(this.redis, this.sale.saleId, mark);
    const none = { n: 0, p: 0 };
    return openRoom(this.redis, this.sale.saleId, { mark, runId: this.runId, seed: SEED, joined: none, served: none });
  }

  /** Joins users with names; a name that begins with "vip" is in lane p. Returns their records, and "closed" for one that may not enter. */
  async join(...users: (string | JoinRequest)[]): Promise<string[] | undefined> {
    const requests = users.map((user) =>
      typeof user === 'string' ? { userId: user, lane: laneOf(user), entryId: entryOf(user) } : user,
    );
    const result = await joinRoom(this.redis, this.sale, this.seen, requests);
    if (!result.known) return undefined;
    this.progress = result.progress;
    return result.joined.map((joined) => (joined === undefined ? 'closed' : joined.ticket.lane + joined.ticket.number));
  }

  /** Ticks with units that were read now, unless `readAt` says otherwise. Writes the keys of the shuffle if they are due, and ticks again. */
  async tick(left?: number, readAt = this.now): ReturnType<typeof admit> {
    const units = left === undefined ? undefined : { left, at: readAt };
    const state = await admit(this.redis, this.sale, this.seen, units);
    if (state === undefined) return undefined;
    this.progress = state.progress;
    const due = LANES.filter((lane) => (state.entries?.[lane] ?? 0) > 0 && state.keys[lane] === undefined);
    for (const lane of due) await this.#shuffle(lane, state.epoch, state.seed ?? '', state.entries?.[lane] ?? 0);
    return due.length > 0 ? this.tick(left, readAt) : state;
  }

  async #shuffle(lane: Lane, epoch: number, seed: string, count: number): Promise<void> {
    const key = await shuffleKeyOf(seed, lane, await readEntries(this.redis, this.sale.saleId, lane));
    await writeShuffleKey(this.redis, this.sale.saleId, { runId: this.runId, epoch }, lane, key);
    this.places[lane] = await shufflePlaces(key, count);
  }

  placeOf(ticket: string): number {
    const number = Number(ticket.slice(1));
    return this.places[ticket.charAt(0) as Lane][number - 1] ?? number;
  }

  /** Takes up the turns of users with these tickets. */
  async take(tickets: Record<string, string>, left?: number): Promise<TakeUpAnswer[] | undefined> {
    const units = left === undefined ? undefined : { left, at: this.now };
    const requests = Object.entries(tickets).map(([userId, ticket]) => ({ userId, ticket, place: this.placeOf(ticket) }));
    const result = await takeUp(this.redis, this.sale, this.seen, units, requests);
    if (!result.known) return undefined;
    this.progress = result.progress;
    return result.answers;
  }

  use = (...userIds: string[]) => useClaims(this.redis, this.sale.saleId, this.runId, userIds);
  find = (...userIds: string[]) => findTickets(this.redis, this.sale.saleId, this.runId, userIds);
}

export const laneOf = (user: string): Lane => (user.startsWith('vip') ? 'p' : 'n');
export const entryOf = (user: string): string => user.padEnd(12, '_').slice(0, 12);
