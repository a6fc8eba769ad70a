import { type FoundTicket, IsoTime, SaleId, saleStateAt, type TicketOfSale } from 'seckill-core';
import { type Static, Type } from 'typebox';
import type { RateRange } from './admission-rates.ts';
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
  const { ticketId, saleId, entryId, lane, number } = ticket;
  const view: TicketView = { ticketId, saleId, state: 'WAITING', entryId, lane };
  const place = room.placeOf(lane, number);
  if (saleStateAt(room.sale, now) === 'ENDED') view.state = 'ENDED';
  else if (place === undefined) view.retryAfterMs = spread(room.sale.waitingRoom.entriesUntil - now);
  else if (isServed(room, ticket)) Object.assign(view, servedFigures(room, ticket, place, found, now));
  else showWaiting(view, room, place, now);
  return view;
}

/** Pages spread their requests over half of the time, so that those who come together do not ask together. */
function spread(ms: number): number {
  const bounded = Math.min(POLL_MS.longest, Math.max(POLL_MS.shortest, ms));
  return Math.ceil(bounded * (0.75 + Math.random() / 2));
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

/** Most requests of a waiting room end here, so it writes into `view`: a spread for each part takes a third of the time of such a request. */
function showWaiting(view: TicketView, room: RoomMemory, place: number, now: number): void {
  const { sale, state, units } = room;
  view.place = place;
  if (room.isSoldOutForGood) view.state = 'SOLD_OUT';
  else {
    if (sale.admission === 'draw' && state !== undefined && state.served.n > 0) view.state = 'NOT_DRAWN';
    view.ahead = room.aheadOf(view.lane, place);
    const untilStart = Math.max(0, sale.startsAt - now);
    const range = rangeOf(room, untilStart);
    let wait: number = POLL_MS.longest;
    if (range !== undefined) {
      view.etaSeconds = eta(untilStart, view.ahead, range.average);
      view.etaFromSeconds = eta(untilStart, view.ahead, range.high);
      view.etaToSeconds = eta(untilStart, view.ahead, range.low);
      wait = (view.etaFromSeconds * 1_000) / 4;
    }
    view.retryAfterMs = spread(wait);
  }
  if (units === undefined) return;
  view.unitsLeft = units.left;
  if (units.unpaid !== undefined) view.unitsUnpaid = units.unpaid;
}

const eta = (untilStartMs: number, ahead: number, perSecond: number): number =>
  Math.ceil(untilStartMs / 1_000 + (ahead + 1) / perSecond);

/** Without a measured rate, a queue with units counts on the rate of its sale. For units that may come back there is none. */
function rangeOf({ sale, rates, units }: RoomMemory, untilStart: number): RateRange | undefined {
  if (rates.range !== undefined) return rates.range;
  const isOffered = sale.admission === 'queue' && (untilStart > 0 || units === undefined || units.left > 0);
  const sold = sale.rateLimit.ratePerSecond;
  return isOffered ? { low: sold / 2, average: sold, high: sold } : undefined;
}
