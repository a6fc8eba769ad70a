import { type FoundTicket, Problem, saleStateAt, type TicketOfSale } from 'seckill-core';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { ServerClock } from '../catalogue/server-clock.ts';
import type { Claims } from './claims.ts';
import type { KnownTickets } from './known-tickets.ts';
import type { RoomMemory } from './room-memory.ts';
import { roomUnavailable } from './room-unavailable.ts';
import type { Rooms } from './rooms.ts';
import { isServed, type ShownTicket } from './ticket-view.ts';

export interface TicketSources {
  sales: SalesMemory;
  rooms: Rooms;
  claims: Claims;
  clock: ServerClock;
  knownTickets: KnownTickets;
}

export interface TicketOfUser {
  room: RoomMemory;
  ticket: ShownTicket;
  found: FoundTicket | undefined;
}

/**
 * Finds a ticket by its id, which only its user can show. It needs no Redis unless the turn has come. If the user has joined again since, the newer
 * ticket is returned. Throws NOT_FOUND, or UNAVAILABLE while the room is not known.
 */
export function findTicket(sources: TicketSources, ticketId: string, userId: string): TicketOfUser | Promise<TicketOfUser> {
  const ticket = sources.knownTickets.find(ticketId, userId);
  const room = ticket && roomOf(sources, ticket);
  if (ticket === undefined || room === undefined) throw new Problem('NOT_FOUND');
  // The room of a sale that is over may be gone, and matters no more.
  const isOver = saleStateAt(room.sale, sources.clock.now()) === 'ENDED';
  return isOver || isWaiting(room, ticket) ? { room, ticket, found: undefined } : findServed(sources, room, ticket, userId);
}

/** Returns a ticket that needs no Redis. Undefined if it does, is not the user's, or its room is not known. */
export function findWaitingTicket(sources: TicketSources, ticketId: string, userId: string): TicketOfUser | undefined {
  const ticket = sources.knownTickets.find(ticketId, userId);
  const room = ticket && roomOf(sources, ticket);
  return ticket !== undefined && room !== undefined && isWaiting(room, ticket) ? { room, ticket, found: undefined } : undefined;
}

/** Shows a ticket that was just given, with the user's entry id. */
export function showTicket(sources: TicketSources, room: RoomMemory, ticket: TicketOfSale, userId: string, entryId: string) {
  const shown = sources.knownTickets.give(ticket, userId, entryId);
  return isWaiting(room, shown) ? { room, ticket: shown, found: undefined } : findServed(sources, room, shown, userId);
}

const isWaiting = (room: RoomMemory, ticket: ShownTicket): boolean => room.state !== undefined && !isServed(room, ticket);

function roomOf({ sales, rooms }: TicketSources, { saleId }: ShownTicket): RoomMemory | undefined {
  const sale = sales.sale(saleId);
  return sale && rooms.ofSale(sale);
}

async function findServed(
  { rooms, claims, knownTickets }: TicketSources,
  room: RoomMemory,
  ticket: ShownTicket,
  userId: string,
): Promise<TicketOfUser> {
  if (room.state === undefined) await rooms.read(room);
  if (room.state === undefined) throw roomUnavailable();
  const found = await claims.find(room, userId);
  if (found === undefined || (found.lane === ticket.lane && found.number === ticket.number)) return { room, ticket, found };
  const newer = { saleId: ticket.saleId, lane: found.lane, number: found.number };
  return { room, ticket: knownTickets.give(newer, userId), found };
}
