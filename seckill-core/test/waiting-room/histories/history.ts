import type { Redis } from 'ioredis';
import {
  admit,
  beginRoomRebuild,
  CLAIM_GRACE_MS,
  formatTicketRecord,
  joinRoom,
  LANES,
  type Lane,
  LOST_ENTRY,
  newId,
  openRoom,
  type RoomState,
  readEntries,
  replayRoom,
  type SaleWithRoom,
  shuffleKeyOf,
  shufflePlaces,
  type Turn,
  takeUp,
  type UnitsRead,
  useClaims,
  writeShuffleKey,
} from 'seckill-core';
import { roomKeys } from 'seckill-core/room-layout';
import { expect } from 'vitest';
import { roomSale, SEED } from '../room-sale.ts';
import { entryOf, laneOf, START } from '../use-room.ts';
import { RoomModel } from './room-model.ts';
import { BEGIN, type RoomSettings, type Step, USERS } from './steps.ts';

/** A win is decided at most this long after its token expired, see reserve-batches.ts in the gateway. */
const DECIDED_MS = 1_000;

interface Gateway {
  units: UnitsRead | undefined;
  progress: number;
}

/** One room, in Redis and in the model, and the true stock of its item. */
export class RoomHistory {
  readonly #redis: Redis;
  readonly #setClock: (ms: number) => Promise<unknown>;
  readonly #sale: SaleWithRoom;
  readonly #gateways: Gateway[] = [
    { units: undefined, progress: 0 },
    { units: undefined, progress: 0 },
  ];
  readonly model: RoomModel;
  #runId: string;
  /** Units that are left. */
  #left: number;
  readonly #keys: Partial<Record<Lane, string>> = {};
  /** Each claim with the units that it can still take; by user. */
  readonly #open = new Map<string, { until: number; ticket: string }>();
  readonly #bought = new Map<string, number>();
  /** Who has had each place. */
  readonly #owners = new Map<string, string>();
  readonly #entries: Record<Lane, string[]> = { n: [], p: [] };
  #latest = BEGIN;

  constructor(redis: Redis, runId: string, setClock: (ms: number) => Promise<unknown>, settings: RoomSettings) {
    const { stock, ...room } = settings;
    this.#redis = redis;
    this.#runId = runId;
    this.#setClock = setClock;
    this.#left = stock;
    const isDraw = settings.admission === 'draw';
    const priorityWeight = isDraw ? 1 : settings.priorityWeight;
    const times = { startsAt: START, entriesUntil: START, claimSeconds: 8, staleSeconds: isDraw ? 8 : 5 };
    this.#sale = roomSale({ ...room, ...times, priorityWeight, ratePerSecond: 4, burst: 3 });
    this.model = new RoomModel(this.#sale);
  }

  async run(steps: readonly Step[]): Promise<void> {
    await this.#setTime(BEGIN);
    await this.#rebuild();
    for (const step of steps) {
      await this.#take(step);
      this.#expectUnitsFor();
    }
  }

  /** After a while in which all claims end, those who wait get the units that are left: no one who is present starves. */
  async expectNoOneStarves(): Promise<void> {
    const { model } = this;
    await this.#setTime(Math.max(this.#latest, START) + 60_000);
    // Entries are shuffled if they have not been.
    await this.#tick(0, true);
    for (let rounds = 0; rounds < 2 * USERS.length; rounds += 1) {
      await this.#take({ do: 'observe', by: 0 });
      const waiting = LANES.reduce((sum, lane) => sum + model.joined[lane] - model.served[lane], 0);
      const given = await this.#tick(0, false);
      if (waiting > 0 && this.#left >= model.weight) expect(given).toBeGreaterThan(0);
      if (waiting === 0 || this.#left < model.weight) return;
      await this.#setTime(model.now + 60_000);
    }
    expect.fail('people still wait');
  }

  #take(step: Step): Promise<unknown> {
    switch (step.do) {
      case 'join':
        return this.#join(step.by, step.who);
      case 'tick':
        return this.#tick(step.by, step.paused);
      case 'observe':
        this.#gateway(step.by).units = { left: this.#left, at: this.model.now };
        return Promise.resolve();
      case 'take':
        return this.#takeUp(step.by, step.who);
      case 'win':
        return this.#win(USERS[step.who] ?? '', step.quantity, step.marks);
      case 'return':
        return this.#return(USERS[step.who] ?? '');
      case 'wait':
        return this.#setTime(this.model.now + step.ms);
      case 'set-back':
        return this.#setTime(Math.max(this.model.now - step.ms, this.#latest - 900));
      case 'lose':
        return this.#lose(step.how);
    }
  }

  async #join(by: number, who: number[]): Promise<void> {
    const gateway = this.#gateway(by);
    const users = [...new Set(who)].map((each) => USERS[each] ?? '');
    const requests = users.map((userId) => {
      const ticket = this.model.tickets.get(userId);
      const place = ticket === undefined || this.model.entries === undefined ? 0 : this.model.placeOf(ticket);
      const isOffered = place > 0 && (ticket?.mark !== 'WAITING' || this.#sale.waitingRoom.missedTurn === 'end');
      const over = isOffered && ticket !== undefined && { record: formatTicketRecord(ticket), place };
      return { userId, lane: this.#laneOf(userId), entryId: entryOf(userId), ...(over && { over }), ticket };
    });
    const result = await joinRoom(this.#redis, this.#sale, this.#seenBy(gateway), requests);
    const wasOpen = this.model.entries === undefined;
    const expected = requests.map(({ userId, lane, over, ticket }) =>
      this.model.join(userId, lane, over && ticket && { ...ticket }),
    );
    const answered = result.known
      ? result.joined.map((each) => (each ? `${each.ticket.lane}${each.ticket.number}` : 'closed'))
      : [];
    expect(answered).toEqual(expected);
    if (result.known) gateway.progress = Math.max(gateway.progress, result.progress);
    for (const [i, ticket] of expected.entries()) {
      const { userId = '', entryId = '' } = requests[i] ?? {};
      if (ticket === 'closed') continue;
      // A place is given once.
      expect(this.#owners.get(ticket) ?? userId).toBe(userId);
      const isNew = !this.#owners.has(ticket);
      this.#owners.set(ticket, userId);
      if (isNew && wasOpen && this.model.entries === undefined) this.#entries[ticket.charAt(0) as Lane].push(entryId);
    }
  }

  async #tick(by: number, paused: boolean): Promise<number> {
    const gateway = this.#gateway(by);
    const units = paused ? undefined : gateway.units;
    const state = await admit(this.#redis, this.#sale, this.#seenBy(gateway), units);
    const given = this.model.tick(units);
    expect(state?.given).toEqual(given);
    expect(state?.served).toEqual(this.model.served);
    expect(state?.joined).toEqual(this.model.joined);
    if (state !== undefined) {
      gateway.progress = Math.max(gateway.progress, state.progress);
      await this.#shuffle(state);
    }
    return given.n + given.p;
  }

  async #shuffle({ entries, epoch, seed = '' }: RoomState): Promise<void> {
    for (const lane of LANES) {
      const count = entries?.[lane] ?? 0;
      if (count === 0 || this.#keys[lane] !== undefined) continue;
      const text = await readEntries(this.#redis, this.#sale.saleId, lane);
      expect(text).toBe(this.#entries[lane].join(''));
      const key = await shuffleKeyOf(seed, lane, text);
      expect(await writeShuffleKey(this.#redis, this.#sale.saleId, { runId: this.#runId, epoch }, lane, key)).toBe(true);
      this.#keys[lane] = key;
      this.model.shuffled[lane] = await shufflePlaces(key, count);
    }
  }

  async #takeUp(by: number, who: number[]): Promise<void> {
    const gateway = this.#gateway(by);
    const users = [...new Set(who)].map((each) => USERS[each] ?? '');
    for (const userId of users) {
      const ticket = this.model.tickets.get(userId);
      const place = ticket === undefined ? 0 : this.model.placeOf(ticket);
      // A gateway without the places refuses the user itself.
      if (ticket === undefined || place === 0 || this.model.entries === undefined) continue;
      const name = `${ticket.lane}${ticket.number}`;
      const request = { userId, ticket: name, place };
      const result = await takeUp(this.#redis, this.#sale, this.#seenBy(gateway), gateway.units, [request]);
      const expected = this.model.take(userId, gateway.units);
      expect(result.known && result.answers).toEqual([expected]);
      if (result.known) gateway.progress = Math.max(gateway.progress, result.progress);
      if (expected.answer !== 'TAKEN') continue;
      // Served in order: no place before its turn.
      expect(place).toBeLessThanOrEqual(this.model.served[ticket.lane]);
      this.#open.set(userId, { until: expected.until, ticket: name });
    }
  }

  /** A claim wins once, for it has one token. */
  async #win(userId: string, quantity: number, marks: boolean): Promise<void> {
    const claim = this.#open.get(userId);
    if (claim === undefined || this.model.now >= claim.until + DECIDED_MS || quantity > this.model.weight) return;
    this.#left -= quantity;
    expect(this.#left).toBeGreaterThanOrEqual(0);
    this.#open.delete(userId);
    this.#bought.set(userId, (this.#bought.get(userId) ?? 0) + quantity);
    if (!marks) return;
    expect(await useClaims(this.#redis, this.#sale.saleId, this.#runId, [userId])).toBe(true);
    this.model.use(userId);
  }

  async #return(userId: string): Promise<void> {
    this.#left += this.#bought.get(userId) ?? 0;
    this.#bought.delete(userId);
  }

  async #lose(how: 'restart' | 'older' | 'flush'): Promise<void> {
    const { room } = roomKeys(this.#sale.saleId);
    const gateway = this.#gateway(0);
    if (how === 'restart') this.#runId = newId();
    else if (how === 'flush') {
      // The progress begins at the time, and all that was seen of the lost room is before now.
      await this.#setTime(this.#latest + 1);
      await this.#redis.del(...Object.values(roomKeys(this.#sale.saleId)));
    } else {
      const seen = Math.max(...this.#gateways.map(({ progress }) => progress));
      if (seen === 0) return;
      await this.#redis.hset(room, 'progress', seen - 1);
      gateway.progress = seen;
    }
    // Fail closed: nothing is given before the rebuild.
    expect(await admit(this.#redis, this.#sale, this.#seenBy(gateway), gateway.units)).toBeUndefined();
    expect(await joinRoom(this.#redis, this.#sale, this.#seenBy(gateway), [])).toEqual({ known: false });
    await this.#rebuild();
  }

  /** As a worker does, from what was answered. */
  async #rebuild(): Promise<void> {
    const { model } = this;
    const { saleId } = this.#sale;
    model.rebuild();
    const mark = newId();
    await beginRoomRebuild(this.#redis, saleId, mark);
    const claims = Array.from(model.claims, ([userId, until]) => ({ userId, until: until - CLAIM_GRACE_MS }));
    const entries = { n: this.#entriesOf('n'), p: this.#entriesOf('p') };
    await replayRoom(this.#redis, saleId, mark, { tickets: [...model.tickets.values()], claims, entries });
    const turns = model.liveTurns.map(
      ({ lane, place, at, taken }): Turn => ({ lane, from: place, upTo: place, at, taken: taken ? 1 : 0 }),
    );
    const { joined, served } = model;
    const room = { mark, runId: this.#runId, seed: SEED, joined, served, entries: model.entries, keys: this.#keys, turns };
    expect(await openRoom(this.#redis, saleId, room)).toBe(true);
  }

  #entriesOf(lane: Lane): string {
    return this.#entries[lane].join('') || (this.model.entries?.[lane] ? LOST_ENTRY : '');
  }

  /** At every moment, each turn and claim that may still win finds its units. */
  #expectUnitsFor(): void {
    const { model } = this;
    const claims = Array.from(this.#open.values()).filter(({ until }) => model.now < until + DECIDED_MS).length;
    const turns = model.liveTurns.filter(
      ({ taken, at }) => !taken && model.now - at < this.#sale.waitingRoom.staleSeconds * 1_000,
    );
    expect((claims + turns.length) * model.weight).toBeLessThanOrEqual(this.#left);
  }

  #laneOf = (userId: string): Lane => (this.#sale.admission === 'draw' ? 'n' : laneOf(userId));
  #gateway = (by: number): Gateway => this.#gateways[by] ?? { units: undefined, progress: 0 };
  #seenBy = ({ progress }: Gateway) => ({ runId: this.#runId, progressSeen: progress });

  async #setTime(now: number): Promise<void> {
    this.model.now = now;
    this.#latest = Math.max(this.#latest, now);
    await this.#setClock(now);
  }
}
