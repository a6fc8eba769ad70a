import type { Redis } from 'ioredis';
import {
  type FoundTicket,
  findTickets,
  Problem,
  type SaleWithRoom,
  TAKE_UP_BATCH_LIMIT,
  type TakeUpAnswer,
  type TakeUpRequest,
  type TicketOfSale,
  takeUp,
  useClaims,
} from 'seckill-core';
import { RedisAway, type RedisLink } from '../links/redis-link.ts';
import { RoomBatches } from './room-batches.ts';
import type { RoomJournal } from './room-journal.ts';
import type { RoomMemory } from './room-memory.ts';
import { roomUnavailable } from './room-unavailable.ts';
import type { Rooms } from './rooms.ts';

const RETRY_AFTER_MS = 1_000;
/** A room that was read this long ago is read again before a user is refused, ms. */
const FRESH_MS = 100;

export interface ClaimParts {
  redis: RedisLink;
  rooms: Rooms;
  journal: RoomJournal;
}

/** The right to buy for a limited time. */
export interface Claim extends TicketOfSale {
  /** ms on Redis's clock. */
  until: number;
}

const REFUSALS = {
  WAITING: undefined,
  MISSED: 'Your turn has passed. Join the queue again.',
  USED: 'You have bought with your turn. Join the queue again for another one.',
  ENDED: 'Your time to buy has ended. Join the queue again.',
  ANOTHER_TICKET: undefined,
} as const;

/** Finds tickets, turns turns into claims, and ends the claims of winners: many users with one script call. */
export class Claims {
  readonly #parts: ClaimParts;
  readonly #finds: RoomBatches<string, FoundTicket | undefined>;
  readonly #takeUps: RoomBatches<TakeUpRequest, TakeUpAnswer>;
  readonly #uses: RoomBatches<{ userId: string; reservationId: string }, undefined>;

  constructor(parts: ClaimParts) {
    this.#parts = parts;
    this.#finds = new RoomBatches(TAKE_UP_BATCH_LIMIT, (room, userIds) => this.#find(room, userIds));
    this.#takeUps = new RoomBatches(TAKE_UP_BATCH_LIMIT, (room, requests) => this.#takeUp(room, requests));
    this.#uses = new RoomBatches(TAKE_UP_BATCH_LIMIT, (room, wins) => this.#use(room, wins));
  }

  /** Resolves to the ticket that the user has now. Throws UNAVAILABLE. */
  find(room: RoomMemory, userId: string): Promise<FoundTicket | undefined> {
    return this.#finds.ask(room, userId);
  }

  /** Takes up the user's turn, or returns the claim that they have. Throws NOT_ADMITTED, or UNAVAILABLE. */
  async claim(room: RoomMemory, userId: string): Promise<Claim> {
    const ticket = await this.find(room, userId);
    if (ticket === undefined) throw new Problem('NOT_ADMITTED');
    const { lane, number } = ticket;
    if (!isServed(room, ticket) && performance.now() - room.readAt > FRESH_MS) await this.#parts.rooms.read(room);
    if (room.state === undefined) throw roomUnavailable();
    const place = room.placeOf(lane, number);
    if (place === undefined || !isServed(room, ticket)) throw new Problem('NOT_ADMITTED', undefined, RETRY_AFTER_MS);
    const { answer, until } = await this.#takeUps.ask(room, { userId, ticket: `${lane}${number}`, place });
    if (answer === 'TAKEN' || answer === 'REPEATED') return { saleId: room.sale.saleId, lane, number, until };
    throw new Problem('NOT_ADMITTED', REFUSALS[answer], answer === 'WAITING' ? RETRY_AFTER_MS : undefined);
  }

  /** A user has won, so the claim is used. No one waits for it: a claim that isn't ended keeps its units from others until its time is over. */
  use(sale: SaleWithRoom, userId: string, reservationId: string): void {
    void this.#uses.ask(this.#parts.rooms.of(sale), { userId, reservationId }).catch(() => undefined);
  }

  async #find(room: RoomMemory, userIds: readonly string[]): Promise<readonly (FoundTicket | undefined)[]> {
    const found = await this.#ask((redis, runId) => findTickets(redis, room.sale.saleId, runId, userIds));
    if (found !== undefined) return found.tickets;
    this.#parts.rooms.lose(room);
    throw roomUnavailable();
  }

  async #takeUp(room: RoomMemory, requests: readonly TakeUpRequest[]): Promise<readonly TakeUpAnswer[]> {
    const { sale, progress } = room;
    const result = await this.#ask((redis, runId) =>
      takeUp(redis, sale, { runId, progressSeen: progress }, room.units, requests),
    );
    if (!result.known) {
      this.#parts.rooms.lose(room);
      throw roomUnavailable();
    }
    room.note(result.progress);
    const taken = result.answers.flatMap(({ answer, until }, i) => {
      const { userId = '', ticket = '', place = 0 } = requests[i] ?? {};
      const isClaim = answer === 'TAKEN' || answer === 'REPEATED';
      const [lane, number] = [ticket.charAt(0) as 'n' | 'p', Number(ticket.slice(1))];
      return isClaim ? [[userId, lane, number, place, until] satisfies [string, 'n' | 'p', number, number, number]] : [];
    });
    const { epoch, now, served } = result;
    const event = { saleId: sale.saleId, epoch, at: now, taken, watermark: served };
    // Also if it was given before: the message of then may be lost.
    if (taken.length > 0 && !(await this.#parts.journal.write(event))) throw roomUnavailable();
    return result.answers;
  }

  async #use(room: RoomMemory, wins: readonly { userId: string; reservationId: string }[]): Promise<readonly undefined[]> {
    const { saleId } = room.sale;
    const used = wins.map(({ userId, reservationId }): [string, string] => [userId, reservationId]);
    this.#parts.journal.keep({ saleId, epoch: room.state?.epoch ?? 0, at: room.state?.now ?? 0, used });
    await this.#ask((redis, runId) =>
      useClaims(
        redis,
        saleId,
        runId,
        wins.map(({ userId }) => userId),
      ),
    );
    return wins.map(() => undefined);
  }

  async #ask<T>(work: (redis: Redis, runId: string) => Promise<T>): Promise<T> {
    try {
      return await this.#parts.redis.ask(work);
    } catch (error) {
      throw error instanceof RedisAway ? roomUnavailable() : error;
    }
  }
}

function isServed(room: RoomMemory, { lane, number }: FoundTicket): boolean {
  const place = room.placeOf(lane, number);
  return room.state !== undefined && place !== undefined && place <= room.state.served[lane];
}
