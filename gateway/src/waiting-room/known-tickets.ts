import type { TicketIds, TicketOfSale } from 'seckill-core';
import { TwoGenerations } from '../catalogue/two-generations.ts';
import type { ShownTicket } from './ticket-view.ts';

/** Two generations of this many tickets: about 16 MB if both are full. */
const GENERATION = 20_000;

interface Known {
  userId: string;
  ticket: ShownTicket;
}

/** Remembers tickets whose signature was right. Those that are not ours are never remembered: they must not push out those that are. */
export class KnownTickets {
  readonly #ticketIds: TicketIds;
  readonly #known = new TwoGenerations<Known>(GENERATION);

  constructor(ticketIds: TicketIds) {
    this.#ticketIds = ticketIds;
  }

  /** Undefined if the ticket was not given to this user. */
  find(ticketId: string, userId: string): ShownTicket | undefined {
    const known = this.#known.get(ticketId);
    if (known !== undefined) return known.userId === userId ? known.ticket : undefined;
    const ticket = this.#ticketIds.verify(ticketId, userId);
    return ticket && this.#keep(ticketId, ticket, userId);
  }

  /** Returns the ticket with its ids. `entryId` is the user's, if the caller has it. */
  give(ticket: TicketOfSale, userId: string, entryId?: string): ShownTicket {
    return this.#keep(this.#ticketIds.idOf(ticket, userId), ticket, userId, entryId);
  }

  #keep(
    ticketId: string,
    { saleId, lane, number }: TicketOfSale,
    userId: string,
    entryId = this.#ticketIds.entryIdOf(saleId, userId),
  ): ShownTicket {
    const shown = { saleId, lane, number, ticketId, entryId };
    this.#known.set(ticketId, { userId, ticket: shown });
    return shown;
  }
}
