import type { Buyer, TicketStory } from 'simulation';
import type { Check } from './outside-checks.ts';

/** A gateway may know of an admission this much later than another, ms. */
const NEWS_WITHIN_MS = 2_000;

/** What the buyers saw of the waiting room: whether places are unique, kept, and served in their order. */
export function checkRoom(buyers: readonly Buyer[]): Check[] {
  const tickets = buyers.flatMap((buyer) => buyer.tickets);
  return [eachPlaceOnce(buyers), placesAreKept(buyers, tickets), noWinWithoutTurn(buyers), servedInOrder(tickets)];
}

function eachPlaceOnce(buyers: readonly Buyer[]): Check {
  const owners = new Map<string, string>();
  let twice = 0;
  for (const { userId, tickets } of buyers) {
    for (const { lane, place } of tickets) {
      if (place === undefined) continue;
      const key = `${lane}${place}`;
      const owner = owners.get(key) ?? userId;
      if (owner !== userId) twice += 1;
      owners.set(key, owner);
    }
  }
  return { name: 'Every place was given once', holds: twice === 0, detail: `${owners.size} places, ${twice} given twice` };
}

function placesAreKept(buyers: readonly Buyer[], tickets: readonly TicketStory[]): Check {
  const lost = buyers.filter(({ lostTicket }) => lostTicket).length;
  const moved = tickets.filter(({ otherPlace }) => otherPlace !== undefined).length;
  return {
    name: 'Every ticket kept its place, through reloads and the death of a gateway',
    holds: lost === 0 && moved === 0,
    detail: `${tickets.length} tickets, ${lost} lost, ${moved} moved`,
  };
}

function noWinWithoutTurn(buyers: readonly Buyer[]): Check {
  const winners = buyers.flatMap(({ win, tickets }) => (win === undefined ? [] : [{ win, tickets }]));
  const without = winners.filter(
    ({ win, tickets }) => !tickets.some(({ admittedAt = Number.POSITIVE_INFINITY }) => admittedAt <= win.wonAt),
  ).length;
  return {
    name: 'Every winner had a turn',
    holds: without === 0,
    detail: `${winners.length} winners, ${without} of them without a turn`,
  };
}

/** While a place still waits, no later place of its lane may have had its turn for longer than news takes. */
function servedInOrder(tickets: readonly TicketStory[]): Check {
  const lanes = new Set(tickets.map(({ lane }) => lane));
  let served = 0;
  let overtaken = 0;
  for (const name of lanes) {
    const lane = tickets.filter((ticket) => ticket.lane === name);
    const turns = lane.flatMap(({ place, admittedAt }) =>
      place === undefined || admittedAt === undefined ? [] : [{ place, at: admittedAt }],
    );
    served += turns.length;
    overtaken += countOvertaken(lane, turns);
  }
  return {
    name: 'Turns came in the order of the places',
    holds: overtaken === 0,
    detail: `${served} turns, ${overtaken} overtaken`,
  };
}

function countOvertaken(lane: readonly TicketStory[], turns: { place: number; at: number }[]): number {
  const byTime = turns.toSorted((a, b) => a.at - b.at);
  const waits = lane
    .flatMap(({ place, waitedAt }) => (place === undefined || waitedAt === undefined ? [] : [{ place, at: waitedAt }]))
    .toSorted((a, b) => a.at - b.at);
  let highest = 0;
  let next = 0;
  let overtaken = 0;
  for (const { place, at } of waits) {
    for (let turn = byTime[next]; turn !== undefined && turn.at < at - NEWS_WITHIN_MS; turn = byTime[next]) {
      highest = Math.max(highest, turn.place);
      next += 1;
    }
    if (highest > place) overtaken += 1;
  }
  return overtaken;
}
