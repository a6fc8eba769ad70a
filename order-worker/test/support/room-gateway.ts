import {
  admit,
  findTickets,
  hasRoom,
  joinRoom,
  type Lane,
  type RoomEvent,
  type RoomState,
  readEntries,
  readRunId,
  readSale,
  roomEvent,
  type SaleWithRoom,
  send,
  shuffleKeyOf,
  shufflePlaces,
  type TicketRecord,
  takeUp,
  useClaims,
  writeShuffleKey,
} from 'seckill-core';
import type { Platform } from './platform.ts';

const entryIdOf = (userId: string): string => userId.padEnd(12, '_').slice(-12);

/** The work of a gateway in one sale's waiting room, with real scripts and a real stream. */
export class RoomGateway {
  readonly #platform: Pick<Platform, 'redis' | 'publisher'>;
  sale: SaleWithRoom;
  progress = 0;

  static async of(platform: Pick<Platform, 'redis' | 'publisher'>, saleId: string): Promise<RoomGateway> {
    const sale = await readSale(platform.redis, saleId);
    if (sale === undefined || !hasRoom(sale)) throw new Error('The sale has no waiting room.');
    return new RoomGateway(platform, sale);
  }

  constructor(platform: Pick<Platform, 'redis' | 'publisher'>, sale: SaleWithRoom) {
    this.#platform = platform;
    this.sale = sale;
  }

  /** Resolves to the tickets that a gateway would answer, by user. None if the room is not known. */
  async join(userIds: readonly string[], lane: Lane = 'n', over?: { record: string; place: number }) {
    const answered = new Map<string, TicketRecord>();
    const seen = await this.#seen();
    const requests = userIds.map((userId) => ({ userId, lane, entryId: entryIdOf(userId), over }));
    const result = await joinRoom(this.#platform.redis, this.sale, seen, requests);
    if (!result.known) return answered;
    this.progress = Math.max(this.progress, result.progress);
    const joined = result.joined.flatMap((each, i): NonNullable<RoomEvent['joined']> => {
      const userId = userIds[i] ?? '';
      return each === undefined ? [] : [[userId, each.ticket.lane, each.ticket.number, each.isEntry ? entryIdOf(userId) : '']];
    });
    await this.#publish({ epoch: result.epoch, at: result.now, joined });
    const again = await findTickets(this.#platform.redis, this.sale.saleId, seen.runId, userIds);
    for (const [i, userId] of userIds.entries()) {
      const ticket = result.joined[i]?.ticket;
      const there = again?.tickets[i];
      if (ticket !== undefined && there?.lane === ticket.lane && there.number === ticket.number) answered.set(userId, ticket);
    }
    return answered;
  }

  /** From now on this gateway believes that the sale has started, however long it took to get here. */
  startNow(): void {
    const { waitingRoom } = this.sale;
    this.sale = { ...this.sale, startsAt: 1, waitingRoom: { ...waitingRoom, entriesUntil: 1 } };
  }

  /** Gives as many turns as `units` allow. */
  async admit(units: number): Promise<RoomState | undefined> {
    const [seconds, micros] = await this.#platform.redis.time();
    const at = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
    const state = await admit(this.#platform.redis, this.sale, await this.#seen(), { left: units, at });
    if (state === undefined) return undefined;
    this.progress = Math.max(this.progress, state.progress);
    const turnOf = (lane: Lane) =>
      state.given[lane] === 0 ? {} : { [lane]: { from: state.served[lane] - state.given[lane] + 1, upTo: state.served[lane] } };
    const served = { ...turnOf('n'), ...turnOf('p') };
    if (Object.keys(served).length > 0) await this.#publish({ epoch: state.epoch, at: state.now, served });
    return state;
  }

  /** Derives the keys of the shuffles, as the first gateway does after entries have closed. */
  async shuffle(): Promise<void> {
    const { saleId } = this.sale;
    const state = await this.admit(0);
    if (state?.entries === undefined || state.seed === undefined) throw new Error('Entries are open.');
    const { entries, seed, epoch, now } = state;
    const of = async (lane: Lane) => {
      const text = await readEntries(this.#platform.redis, saleId, lane);
      return { count: entries[lane], key: entries[lane] === 0 ? '' : await shuffleKeyOf(seed, lane, text) };
    };
    const closed = { n: await of('n'), p: await of('p') };
    await this.#publish({ epoch, at: now, closed });
    const { runId } = await this.#seen();
    for (const lane of ['n', 'p'] as const)
      if (closed[lane].count > 0) await writeShuffleKey(this.#platform.redis, saleId, { runId, epoch }, lane, closed[lane].key);
  }

  /** Resolves to the place of each number of a lane, from 1 on. */
  async places(lane: Lane): Promise<(number: number) => number> {
    const { entries, keys } = (await this.admit(0)) ?? {};
    const key = keys?.[lane];
    const places = key === undefined ? new Uint32Array() : await shufflePlaces(key, entries?.[lane] ?? 0);
    return (number) => places[number - 1] ?? number;
  }

  /** Resolves to the answer to each user. */
  async takeUp(users: readonly { userId: string; lane: Lane; number: number; place: number }[]) {
    const requests = users.map(({ userId, lane, number, place }) => ({ userId, ticket: `${lane}${number}`, place }));
    const result = await takeUp(this.#platform.redis, this.sale, await this.#seen(), undefined, requests);
    if (!result.known) return [];
    const taken = users.flatMap(({ userId, lane, number, place }, i): NonNullable<RoomEvent['taken']> => {
      const { until = 0 } = result.answers[i] ?? {};
      return until > 0 ? [[userId, lane, number, place, until]] : [];
    });
    if (taken.length > 0) await this.#publish({ epoch: result.epoch, at: result.now, taken, watermark: result.served });
    return result.answers;
  }

  async use(userId: string, reservationId: string): Promise<void> {
    const { runId } = await this.#seen();
    await useClaims(this.#platform.redis, this.sale.saleId, runId, [userId]);
    await this.#publish({ epoch: 1, at: Date.now(), used: [[userId, reservationId]] });
  }

  async #seen() {
    return { runId: await readRunId(this.#platform.redis), progressSeen: this.progress };
  }

  #publish(event: Omit<RoomEvent, 'saleId'>): Promise<unknown> {
    return send(this.#platform.publisher, roomEvent, { saleId: this.sale.saleId, ...event });
  }
}
