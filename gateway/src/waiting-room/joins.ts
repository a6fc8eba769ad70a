import {
  findTickets,
  formatTicketRecord,
  JOIN_BATCH_LIMIT,
  type JoinRequest,
  joinRoom,
  Problem,
  type RoomEvent,
  type TicketIds,
  type TicketOfSale,
  type TicketRecord,
} from 'seckill-core';
import { RedisAway, type RedisLink } from '../links/redis-link.ts';
import { RoomBatches } from './room-batches.ts';
import type { RoomJournal } from './room-journal.ts';
import type { RoomMemory } from './room-memory.ts';
import { roomUnavailable } from './room-unavailable.ts';
import type { Rooms } from './rooms.ts';

export interface JoinParts {
  redis: RedisLink;
  rooms: Rooms;
  journal: RoomJournal;
  ticketIds: TicketIds;
}

/** `CLOSED`: entries of a draw are closed. `AGAIN`: the outcome is not certain, so the user has to ask again. */
type Outcome = TicketRecord | 'CLOSED' | 'AGAIN';

/**
 * Gives tickets. A ticket is answered once the stream has it, and once a second look has found it in Redis. So a ticket that a user knows of is in
 * the stream before any rebuild that could miss it; see ADR 43.
 */
export class Joins {
  readonly #parts: JoinParts;
  readonly #batches = new RoomBatches<JoinRequest, Outcome>(JOIN_BATCH_LIMIT, (room, requests) => this.#join(room, requests));

  constructor(parts: JoinParts) {
    this.#parts = parts;
  }

  /** Resolves to the user's ticket, a new one if the last one is over, and to their entry id. Throws ENTRIES_CLOSED, or UNAVAILABLE. */
  async join(room: RoomMemory, userId: string, hasPriority: boolean): Promise<TicketOfSale & { entryId: string }> {
    const { saleId, admission } = room.sale;
    const lane = hasPriority && admission === 'queue' ? 'p' : 'n';
    const entryId = this.#parts.ticketIds.entryIdOf(saleId, userId);
    let record = await this.#ask(room, { userId, lane, entryId, over: undefined });
    const over = overOf(room, record);
    if (over !== undefined) record = await this.#ask(room, { userId, lane, entryId, over });
    return { saleId, lane: record.lane, number: record.number, entryId };
  }

  async #ask(room: RoomMemory, request: JoinRequest): Promise<TicketRecord> {
    const outcome = await this.#batches.ask(room, request);
    if (outcome === 'CLOSED') throw new Problem('ENTRIES_CLOSED');
    if (outcome === 'AGAIN') throw roomUnavailable();
    return outcome;
  }

  async #join(room: RoomMemory, requests: readonly JoinRequest[]): Promise<readonly Outcome[]> {
    const { redis, rooms, journal } = this.#parts;
    const again = requests.map((): Outcome => 'AGAIN');
    if (!journal.isUp) return again;
    try {
      const { sale, progress } = room;
      const result = await redis.ask((client, runId) => joinRoom(client, sale, { runId, progressSeen: progress }, requests));
      if (!result.known) {
        rooms.lose(room);
        return again;
      }
      room.note(result.progress);
      const joined = result.joined.flatMap((each, i): NonNullable<RoomEvent['joined']> => {
        const { userId = '', entryId = '' } = requests[i] ?? {};
        return each === undefined ? [] : [[userId, each.ticket.lane, each.ticket.number, each.isEntry ? entryId : '']];
      });
      const event = { saleId: sale.saleId, epoch: result.epoch, at: result.now, joined };
      if (joined.length > 0 && !(await journal.write(event))) return again;
      const there = await this.#lookAgain(room, joined);
      let next = 0;
      return result.joined.map((each) => {
        if (each === undefined) return 'CLOSED';
        const now = there[next++];
        return now?.number === each.ticket.number && now.lane === each.ticket.lane ? each.ticket : 'AGAIN';
      });
    } catch (error) {
      if (error instanceof RedisAway) return again;
      throw error;
    }
  }

  /**
   * Resolves to the tickets that these users have now. A rebuild may have begun since, and have read the stream before the message was in it. It has
   * then removed these tickets from Redis.
   */
  async #lookAgain(
    { sale }: RoomMemory,
    joined: NonNullable<RoomEvent['joined']>,
  ): Promise<readonly (TicketRecord | undefined)[]> {
    if (joined.length === 0) return [];
    const userIds = joined.map(([userId]) => userId);
    return (await this.#parts.redis.ask((client, runId) => findTickets(client, sale.saleId, runId, userIds)))?.tickets ?? [];
  }
}

/** A ticket that may be over; the script checks it. */
function overOf(room: RoomMemory, ticket: TicketRecord): JoinRequest['over'] {
  const place = room.placeOf(ticket.lane, ticket.number);
  if (place === undefined || room.state === undefined) return undefined;
  const isMissed = place <= room.state.served[ticket.lane] && room.sale.waitingRoom.missedTurn === 'end';
  return ticket.mark === 'WAITING' && !isMissed ? undefined : { record: formatTicketRecord(ticket), place };
}
