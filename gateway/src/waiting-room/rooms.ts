import type { Logger } from 'pino';
import {
  admit,
  hasRoom,
  LANES,
  type RoomState,
  roomChanged,
  roomUnknown,
  type SaleSettings,
  type SaleWithRoom,
  saleStateAt,
} from 'seckill-core';
import type { ItemObserver } from '../catalogue/item-observer.ts';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { ServerClock } from '../catalogue/server-clock.ts';
import type { NatsLink } from '../links/nats-link.ts';
import { RedisAway, type RedisLink } from '../links/redis-link.ts';
import type { RoomJournal } from './room-journal.ts';
import { RoomMemory, type UnitsKnown } from './room-memory.ts';
import { Shuffles } from './shuffles.ts';

/** Turns are given this often, by all gateways together at least. */
const TICK_MS = 250;
/** A room without anyone, or before its entries close, is read this often if it is asked for. */
const IDLE_MS = 1_000;
/** A room that was not asked for in this time, and has no one in it, is not read. */
const ASKED_MS = 60_000;
/** Each gateway asks workers to rebuild a room at most once in this time. */
const UNKNOWN_PAUSE_MS = 1_000;

export interface RoomParts {
  redis: RedisLink;
  nats: NatsLink;
  sales: SalesMemory;
  observer: ItemObserver;
  clock: ServerClock;
  journal: RoomJournal;
  log: Logger;
}

/** The waiting rooms of all sales. Every gateway gives the next turns again and again; Redis decides how many, so it needs no leader. */
export class Rooms {
  readonly #parts: RoomParts;
  readonly #shuffles: Shuffles;
  readonly #rooms = new Map<string, RoomMemory>();
  readonly #ticking = new Map<RoomMemory, Promise<void>>();
  readonly #unknownAt = new WeakMap<RoomMemory, number>();
  readonly #closedWritten = new WeakMap<RoomMemory, number>();
  readonly #listeners: ((room: RoomMemory) => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#shuffles = new Shuffles(parts.redis, parts.log);
    parts.nats.listen(roomChanged, ({ saleId }) => {
      const room = this.#rooms.get(saleId);
      if (room !== undefined) void this.read(room);
    });
  }

  start(): void {
    this.#timer = setInterval(() => this.#tickAll(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Calls `listener` after every tick of a room. */
  onTick(listener: (room: RoomMemory) => void): void {
    this.#listeners.push(listener);
  }

  all(): IterableIterator<RoomMemory> {
    return this.#rooms.values();
  }

  /** Rooms that Redis was asked for and does not know, or that cannot be read. */
  get unknown(): number {
    return Array.from(this.#rooms.values()).filter(({ state, readAt }) => state === undefined && Number.isFinite(readAt)).length;
  }

  /** Returns the memory of a sale's room. It is read again and again for as long as it is asked for. */
  of(sale: SaleWithRoom): RoomMemory {
    const room = this.#keep(sale);
    room.askedAt = performance.now();
    return room;
  }

  /** The room of a sale, undefined if the sale has none. */
  ofSale(sale: SaleSettings): RoomMemory | undefined {
    return hasRoom(sale) ? this.of(sale) : undefined;
  }

  /** Resolves once the room was read after this call began, or Redis is away. Many callers share one look. */
  async read(room: RoomMemory): Promise<void> {
    // The tick in flight may have read too early.
    await this.#ticking.get(room);
    await this.#tick(room);
  }

  /** Closes the room in memory and asks a worker to rebuild it. */
  lose(room: RoomMemory): void {
    room.lose();
    const now = performance.now();
    if (now - (this.#unknownAt.get(room) ?? Number.NEGATIVE_INFINITY) < UNKNOWN_PAUSE_MS) return;
    this.#unknownAt.set(room, now);
    const event = { saleId: room.sale.saleId };
    this.#parts.log.warn(event, 'Redis does not know a waiting room: it is closed until a worker has rebuilt it');
    this.#parts.nats.broadcast(roomUnknown, event);
  }

  #tickAll(): void {
    const { sales, clock } = this.#parts;
    const time = clock.now();
    for (const sale of sales.sales()) {
      if (!hasRoom(sale) || sale.status === 'DRAFT') continue;
      const room = this.#keep(sale);
      if (isDue(room, time)) void this.#tick(room);
    }
    for (const [saleId] of this.#rooms) if (sales.sale(saleId) === undefined) this.#rooms.delete(saleId);
  }

  #keep(sale: SaleWithRoom): RoomMemory {
    let room = this.#rooms.get(sale.saleId);
    if (room === undefined) {
      room = new RoomMemory(sale);
      this.#rooms.set(sale.saleId, room);
    }
    room.sale = sale;
    return room;
  }

  #tick(room: RoomMemory): Promise<void> {
    const running = this.#ticking.get(room);
    if (running !== undefined) return running;
    const ticking = this.#admit(room).finally(() => this.#ticking.delete(room));
    this.#ticking.set(room, ticking);
    return ticking;
  }

  async #admit(room: RoomMemory): Promise<void> {
    const { redis, clock, log } = this.#parts;
    const { sale, progress } = room;
    try {
      if (redis.runId === undefined) return room.lose();
      const sentAt = performance.now();
      await this.#readUnits(room);
      const isLive = saleStateAt(sale, clock.now()) === 'LIVE';
      const units = isLive ? room.units : undefined;
      const state = await redis.ask((client, runId) => admit(client, sale, { runId, progressSeen: progress }, units));
      if (state === undefined) return this.lose(room);
      room.learn(state, sentAt);
      this.#announce(room, state);
      for (const listener of this.#listeners) listener(room);
      void this.#shuffles.follow(room, state).then((isComplete) => {
        if (isComplete) this.#writeClosed(room, state);
      });
    } catch (error) {
      room.lose();
      if (!(error instanceof RedisAway)) log.error({ err: error, saleId: sale.saleId }, 'a waiting room could not be read');
    }
  }

  async #readUnits(room: RoomMemory): Promise<void> {
    const { sales, observer, clock } = this.#parts;
    const state = saleStateAt(room.sale, clock.now());
    if (state !== 'LIVE' && state !== 'PAUSED') return;
    const items = sales.itemsOf(room.sale);
    await observer.lookAt(items);
    room.units = sumOf(items.map(({ winnable, left = 0, unpaid }) => winnable && { ...winnable, unsold: left, unpaid }));
  }

  /** Turns are facts that the rebuild needs, and other gateways' pages wait for them. */
  #announce({ sale: { saleId } }: RoomMemory, { epoch, now, served, given }: RoomState): void {
    if (given.n + given.p === 0) return;
    const places = LANES.filter((lane) => given[lane] > 0).map((lane) => [
      lane,
      { from: served[lane] - given[lane] + 1, upTo: served[lane] },
    ]);
    this.#parts.journal.keep({ saleId, epoch, at: now, served: Object.fromEntries(places) });
    this.#parts.nats.broadcast(roomChanged, { saleId });
  }

  /** Every gateway writes the same message, which the stream keeps once. */
  #writeClosed(room: RoomMemory, { epoch, entries, keys }: RoomState): void {
    if (entries === undefined || this.#closedWritten.get(room) === epoch) return;
    this.#closedWritten.set(room, epoch);
    const { saleId, waitingRoom } = room.sale;
    const shuffle = (lane: 'n' | 'p') => ({ count: entries[lane], key: keys[lane] ?? '' });
    this.#parts.journal.keep({ saleId, epoch, at: waitingRoom.entriesUntil, closed: { n: shuffle('n'), p: shuffle('p') } });
  }
}

function isDue({ sale, state, readAt, askedAt }: RoomMemory, time: number): boolean {
  const now = performance.now();
  if (saleStateAt(sale, time) === 'ENDED') return false;
  const people = state === undefined ? 0 : state.joined.n + state.joined.p;
  const isAsked = now - askedAt < ASKED_MS;
  if (people === 0 && !isAsked) return now - readAt >= ASKED_MS;
  const isBusy = people > 0 && time >= sale.waitingRoom.entriesUntil;
  return isBusy || now - readAt >= IDLE_MS;
}

/** Units of all items. Undefined if one of them is not known. */
function sumOf(items: readonly (UnitsKnown | undefined)[]): UnitsKnown | undefined {
  let sum: UnitsKnown = { left: 0, unsold: 0, unpaid: 0, at: Number.POSITIVE_INFINITY };
  for (const item of items) {
    if (item === undefined) return undefined;
    const unpaid = sum.unpaid === undefined || item.unpaid === undefined ? undefined : sum.unpaid + item.unpaid;
    sum = { left: sum.left + item.left, unsold: sum.unsold + item.unsold, unpaid, at: Math.min(sum.at, item.at) };
  }
  return sum;
}
