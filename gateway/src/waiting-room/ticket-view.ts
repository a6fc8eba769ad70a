import { type FoundTicket, IsoTime, SaleId, saleStateAt, type TicketOfSale } from 'seckill-core';
import { type Static, Type } from 'typebox';
import type { RoomMemory } from './room-memory.ts';

const Seconds = Type.Optional(Type.Integer());

/** A ticket as its user sees it. */
export const TicketView = Type.Object({
  ticketId: Type.String(),
  saleId: SaleId,
  state: Type.Union(
    [
      Type.Literal('WAITING'),
      Type.Literal('ADMITTED'),
      Type.Literal('DRAWN'),
      Type.Literal('NOT_DRAWN'),
      Type.Literal('SOLD_OUT'),
      Type.Literal('ENDED'),
    ],
    {
      description:
        'ADMITTED (a queue) and DRAWN (a draw): get a purchase token before `claimBy`. NOT_DRAWN: a place on the waitlist. ENDED: the turn was used or ' +
        'missed, or the sale is over; join again if it is not. SOLD_OUT: every unit is paid.',
    },
  ),
  entryId: Type.String({ description: 'names this user in the published draw' }),
  lane: Type.Union([Type.Literal('n'), Type.Literal('p')], { description: 'n: normal, p: users with priority' }),
  place: Type.Optional(Type.Integer({ description: 'in the lane, from 1 on; absent until entries are closed and shuffled' })),
  ahead: Type.Optional(Type.Integer({ description: 'people of both lanes whose turn comes before' })),
  etaSeconds: Seconds,
  etaFromSeconds: Seconds,
  etaToSeconds: Seconds,
  retryAfterMs: Type.Optional(Type.Integer({ description: 'when to ask again; not needed with the live stream' })),
  unitsLeft: Type.Optional(Type.Integer()),
  unitsUnpaid: Type.Optional(Type.Integer({ description: 'units in orders that are not paid yet, and may come back' })),
  claimBy: Type.Optional({ ...IsoTime, description: 'end of the time to get a purchase token, and then of the time to buy' }),
  missedTurn: Type.Optional(Type.Literal(true)),
});
export type TicketView = Static<typeof TicketView>;

/** What a view shows beside the room. */
export interface ShownTicket extends TicketOfSale {
  ticketId: string;
  entryId: string;
}

type Figures = Omit<TicketView, 'ticketId' | 'saleId' | 'entryId' | 'lane'>;

/** The longest and the shortest time between two requests of a page without the live stream. */
const POLL_MS = { shortest: 1_000, longest: 30_000 } as const;

/** Whether the state of a ticket depends on what its user did: then it has to be found in Redis. */
export function isServed(room: RoomMemory, { lane, number }: TicketOfSale): boolean {
  const place = room.placeOf(lane, number);
  return place !== undefined && room.state !== undefined && place <= room.state.served[lane];
}

/** Returns the view of a ticket at `now` (ms on Redis's clock). `found` is the user's record if the ticket {@link isServed}. */
export function viewOf(room: RoomMemory, ticket: ShownTicket, found: FoundTicket | undefined, now: number): TicketView {
  const { ticketId, saleId, entryId, lane } = ticket;
  return { ticketId, saleId, entryId, lane, ...figuresOf(room, ticket, found, now) };
}

function figuresOf(room: RoomMemory, ticket: ShownTicket, found: FoundTicket | undefined, now: number): Figures {
  if (saleStateAt(room.sale, now) === 'ENDED') return { state: 'ENDED' };
  const place = room.placeOf(ticket.lane, ticket.number);
  if (place === undefined) return { state: 'WAITING', ...pollAgain(Math.max(POLL_MS.shortest, untilShuffle(room, now))) };
  if (isServed(room, ticket)) return servedFigures(room, ticket, place, found, now);
  if (room.isSoldOutForGood) return { state: 'SOLD_OUT', place, ...unitsOf(room) };
  return waitingFigures(room, ticket, place, now);
}

const untilShuffle = ({ sale }: RoomMemory, now: number): number => sale.waitingRoom.entriesUntil - now;

/** Pages spread their requests over half of the time, so that those who come together do not ask together. */
function pollAgain(ms: number): { retryAfterMs: number } {
  const bounded = Math.min(POLL_MS.longest, Math.max(POLL_MS.shortest, ms));
  return { retryAfterMs: Math.ceil(bounded * (0.75 + Math.random() / 2)) };
}

function servedFigures(
  { sale, state }: RoomMemory,
  { lane, number }: ShownTicket,
  place: number,
  found: FoundTicket | undefined,
  now: number,
): Figures {
  const turn = state?.turns.find((each) => each.lane === lane && each.from <= place && place <= each.upTo);
  const { staleSeconds, missedTurn } = sale.waitingRoom;
  const admitted = (until: number): Figures => ({
    state: sale.admission === 'draw' ? 'DRAWN' : 'ADMITTED',
    place,
    ahead: 0,
    claimBy: new Date(until).toISOString(),
    retryAfterMs: POLL_MS.shortest,
  });
  const isTaken = found !== undefined && (found.number !== number || found.lane !== lane || found.mark !== 'WAITING');
  if (isTaken) return found.until > now && found.number === number ? admitted(found.until) : { state: 'ENDED', place };
  const staleAt = turn === undefined ? 0 : turn.at + staleSeconds * 1_000;
  if (staleAt > now) return admitted(staleAt);
  if (missedTurn === 'keep') return { state: 'WAITING', place, ahead: 0, missedTurn: true, retryAfterMs: POLL_MS.shortest };
  return { state: 'ENDED', place, missedTurn: true };
}

function waitingFigures(room: RoomMemory, { lane }: ShownTicket, place: number, now: number): Figures {
  const { sale, state } = room;
  const isDrawn = sale.admission === 'draw' && (state?.served.n ?? 0) > 0;
  const ahead = room.aheadOf(lane, place);
  const untilStart = Math.max(0, sale.startsAt - now);
  const eta = etaOf(room, ahead, untilStart / 1_000);
  const wait = eta.etaFromSeconds === undefined ? POLL_MS.longest : (eta.etaFromSeconds * 1_000) / 4;
  return { state: isDrawn ? 'NOT_DRAWN' : 'WAITING', place, ahead, ...eta, ...unitsOf(room), ...pollAgain(wait) };
}

/** Without a measured rate, a queue with units counts on the rate of its sale. For units that may come back there is none. */
function etaOf(
  { sale, rates, units }: RoomMemory,
  ahead: number,
  untilStart: number,
): Pick<Figures, 'etaSeconds' | 'etaFromSeconds' | 'etaToSeconds'> {
  const sold = sale.rateLimit.ratePerSecond;
  const isOffered = sale.admission === 'queue' && (untilStart > 0 || units === undefined || units.left > 0);
  const range = rates.range ?? (isOffered ? { low: sold / 2, average: sold, high: sold } : undefined);
  if (range === undefined) return {};
  const after = (rate: number) => Math.ceil(untilStart + (ahead + 1) / rate);
  return { etaSeconds: after(range.average), etaFromSeconds: after(range.high), etaToSeconds: after(range.low) };
}

const unitsOf = ({ units }: RoomMemory): Pick<Figures, 'unitsLeft' | 'unitsUnpaid'> => ({
  ...(units !== undefined && { unitsLeft: units.left }),
  ...(units?.unpaid !== undefined && { unitsUnpaid: units.unpaid }),
});
