import { Buyer, TicketStory } from 'simulation';
import { expect, test } from 'vitest';
import { checkRoom } from '../demo/checks/room-checks.ts';

interface Seen {
  place: number;
  /** When the buyer last heard to wait, and when the turn came, ms. */
  waitedAt?: number;
  admittedAt?: number;
  otherPlace?: number;
  lane?: string;
}

let index = 0;
function buyer(seen: Seen | undefined, wonAt?: number): Buyer {
  index += 1;
  const someone = new Buyer(index, `user-${index}`);
  if (seen !== undefined) someone.tickets.push(Object.assign(new TicketStory(`t${index}`), { lane: 'n', ...seen }));
  if (wonAt !== undefined)
    someone.win = { reservationId: `r${index}`, wonAt, resale: false, intention: 'pay', status: 'PAID', moneyGiven: 'yes' };
  return someone;
}

const failed = (...buyers: Buyer[]) =>
  checkRoom(buyers)
    .filter(({ holds }) => !holds)
    .map(({ name, detail }) => `${name}: ${detail}`);

test('a queue that is served in order holds, although one gateway hears a second later', () => {
  expect(
    failed(
      buyer({ place: 1, waitedAt: 900, admittedAt: 1_000 }, 1_200),
      buyer({ place: 2, waitedAt: 2_900, admittedAt: 3_000 }),
      buyer({ place: 3, waitedAt: 500, admittedAt: 1_000 }, 1_500),
      buyer({ place: 4, waitedAt: 90_000 }),
      buyer({ place: 1, waitedAt: 90_000, lane: 'p' }),
    ),
  ).toEqual([]);
});

test.each([
  [
    'a place that two users have',
    [buyer({ place: 1 }), buyer({ place: 1 })],
    'Every place was given once: 1 places, 1 given twice',
  ],
  [
    'a ticket that moves',
    [buyer({ place: 1, otherPlace: 5 })],
    'Every ticket kept its place, through reloads and the death of a gateway: 1 tickets, 0 lost, 1 moved',
  ],
  [
    'a win before the turn',
    [buyer({ place: 1, admittedAt: 2_000 }, 1_000)],
    'Every winner had a turn: 1 winners, 1 of them without a turn',
  ],
  ['a win without a ticket', [buyer(undefined, 1_000)], 'Every winner had a turn: 1 winners, 1 of them without a turn'],
  [
    'a place that still waits long after a later one had its turn',
    [buyer({ place: 1, waitedAt: 5_000, admittedAt: 6_000 }), buyer({ place: 2, admittedAt: 1_000 })],
    'Turns came in the order of the places: 2 turns, 1 overtaken',
  ],
])('finds %s', (_name, buyers, finding) => {
  expect(failed(...buyers)).toEqual([finding]);
});

test('finds a ticket that a gateway forgot', () => {
  const someone = buyer({ place: 1 });
  someone.lostTicket = true;
  expect(failed(someone)).toEqual([
    'Every ticket kept its place, through reloads and the death of a gateway: 1 tickets, 1 lost, 0 moved',
  ]);
});
