import { type FoundTicket, Problem, type TicketIds } from 'seckill-core';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { Claims } from './claims.ts';
import type { RoomMemory } from './room-memory.ts';
import { roomUnavailable } from './room-unavailable.ts';
import type { Rooms } from './rooms.ts';
import { isServed, type ShownTicket } from './ticket-view.ts';

export interface TicketSources {
  sales: SalesMemory;
  rooms: Rooms;
  claims: Claims;
  ticketIds: TicketIds;
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
  const { sales, rooms, ticketIds } = sources;
  const ticket = ticketIds.verify(ticketId, userId);
  const sale = ticket === undefined ? undefined : sales.sale(ticket.saleId);
  const room = sale === undefined ? undefined : rooms.ofSale(sale);
  if (ticket === undefined || room === undefined) throw new Problem('NOT_FOUND');
  const shown = { ...ticket, ticketId, entryId: ticketIds.entryIdOf(ticket.saleId, userId) };
  if (room.state !== undefined && !isServed(room, shown)) return { room, ticket: shown, found: undefined };
  return findServed(sources, room, shown, userId);
}

async function findServed(
  { rooms, claims, ticketIds }: TicketSources,
  room: RoomMemory,
  ticket: ShownTicket,
  userId: string,
): Promise<TicketOfUser> {
  if (room.state === undefined) await rooms.read(room);
  if (room.state === undefined) throw roomUnavailable();
  const found = await claims.find(room, userId);
  if (found === undefined || (found.lane === ticket.lane && found.number === ticket.number)) return { room, ticket, found };
  const { saleId, entryId } = ticket;
  const newer = { saleId, lane: found.lane, number: found.number };
  return { room, ticket: { ...newer, entryId, ticketId: ticketIds.idOf(newer, userId) }, found };
}
