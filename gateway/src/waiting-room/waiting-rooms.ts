import { TicketIds } from 'seckill-core';
import type { Config } from '../config.ts';
import { Claims } from './claims.ts';
import { Joins } from './joins.ts';
import { KnownTickets } from './known-tickets.ts';
import { QueuePages } from './queue-pages.ts';
import { RoomJournal } from './room-journal.ts';
import { type RoomParts, Rooms } from './rooms.ts';

/** The parts that routes of waiting rooms are made of. */
export class WaitingRooms {
  readonly rooms: Rooms;
  readonly joins: Joins;
  readonly claims: Claims;
  readonly ticketIds: TicketIds;
  readonly knownTickets: KnownTickets;
  readonly queuePages: QueuePages;
  readonly #journal: RoomJournal;

  constructor(parts: Omit<RoomParts, 'journal'>, config: Config) {
    const journal = new RoomJournal(parts.nats);
    this.#journal = journal;
    this.ticketIds = new TicketIds(config.tokenSecret, config.previous.tokenSecret);
    this.knownTickets = new KnownTickets(this.ticketIds);
    this.rooms = new Rooms({ ...parts, journal });
    const { redis } = parts;
    const { rooms, ticketIds } = this;
    this.joins = new Joins({ redis, rooms, journal, ticketIds });
    this.claims = new Claims({ redis, rooms, journal });
    this.queuePages = new QueuePages(rooms, this.claims, parts.clock);
  }

  start(): void {
    this.#journal.start();
    this.rooms.start();
  }

  async close(): Promise<void> {
    this.rooms.stop();
    await this.#journal.close();
  }
}
