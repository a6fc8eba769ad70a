import type { RoomEvent } from 'seckill-core';
import { expect, test } from 'vitest';
import { RoomHistory, type Ticket } from '../../src/waiting-room/room-history.ts';

const SALE = '01900000-0000-7000-8000-000000000000';
const WIN = '01900000-0000-7000-8000-000000000001';
const KEY = 'a'.repeat(64);
const entry = (letter: string) => letter.repeat(12);
const LOST = '.'.repeat(12);

/** Plays the messages, with the time in ms as their order unless they say otherwise. Returns the tickets that Redis then holds. */
function play(events: readonly Partial<RoomEvent>[]): { history: RoomHistory; tickets: Record<string, string> } {
  const history = new RoomHistory();
  const tickets: Record<string, string> = {};
  for (const [i, event] of events.entries()) {
    const changed: readonly Ticket[] = history.add({ saleId: SALE, epoch: 1, at: 1_000_000 + 1_000 * i, ...event });
    for (const { userId, lane, number, mark } of changed) tickets[userId] = `${lane}${number} ${mark}`;
  }
  return { history, tickets };
}

test('a ticket that was published again changes nothing, also after its turn was taken up', () => {
  const joined: RoomEvent['joined'] = [['ann', 'n', 1, entry('a')]];
  const { history, tickets } = play([{ joined }, { joined }, { taken: [['ann', 'n', 1, 1, 9]] }, { joined }]);
  expect(tickets).toEqual({ ann: 'n1 ADMITTED' });
  expect(history.lanes.n.joined).toBe(1);
});

test('a win counts although it is dated by an earlier look at the room, or by none', () => {
  const joined: RoomEvent['joined'] = [
    ['ann', 'n', 1, entry('a')],
    ['bob', 'n', 2, entry('b')],
  ];
  const taken: RoomEvent['taken'] = [
    ['ann', 'n', 1, 1, 9],
    ['bob', 'n', 2, 2, 9],
  ];
  const { tickets } = play([
    { joined },
    { at: 2_000_400, taken },
    { at: 2_000_200, used: [['ann', WIN]] },
    { at: 0, used: [['bob', WIN]] },
  ]);
  expect(tickets).toEqual({ ann: 'n1 USED', bob: 'n2 USED' });
});

test('of two tickets of a user the later one counts, even if it was stored first', () => {
  const late = { at: 5_000_000, joined: [['ann', 'n', 7, '']] } satisfies Partial<RoomEvent>;
  expect(play([late, { joined: [['ann', 'n', 1, entry('a')]] }]).tickets).toEqual({ ann: 'n7 WAITING' });
});

test('what was stored after the marker of a later epoch is void, except for wins', () => {
  const { history, tickets } = play([
    { joined: [['ann', 'n', 1, entry('a')]] },
    { taken: [['ann', 'n', 1, 1, 9]] },
    { epoch: 2, rebuilt: true },
    { joined: [['bob', 'n', 2, entry('b')]], served: { n: { from: 1, upTo: 5 } } },
    { used: [['ann', WIN]] },
    { epoch: 2, joined: [['cat', 'n', 2, entry('c')]] },
  ]);
  expect(tickets).toEqual({ ann: 'n1 USED', cat: 'n2 WAITING' });
  expect([history.lanes.n.served, history.entriesOf('n')]).toEqual([0, entry('a') + entry('c')]);
});

test('a ticket that was never answered leaves a gap among the entries, and no number is given twice', () => {
  const { history } = play([{ joined: [['cat', 'n', 3, entry('c')]] }, { joined: [['ann', 'n', 1, entry('a')]] }]);
  expect(history.entriesOf('n')).toBe(entry('a') + LOST + entry('c'));
  expect(history.lanes.n.joined).toBe(3);
  expect(history.entries).toBeUndefined();
});

test('entries are closed if a message says so, or if a user came too late to be shuffled', () => {
  const joined: RoomEvent['joined'] = [
    ['ann', 'n', 1, entry('a')],
    ['bob', 'n', 2, ''],
    ['pam', 'p', 1, entry('p')],
  ];
  expect(play([{ joined }]).history.entries).toEqual({ n: 1, p: 1 });
  const { history } = play([{ joined }, { closed: { n: { count: 1, key: KEY }, p: { count: 0, key: '' } } }]);
  expect([history.entries, history.keys]).toEqual([{ n: 1, p: 0 }, { n: KEY }]);
  expect([history.entriesOf('n'), history.entriesOf('p')]).toEqual([entry('a'), '']);
});

test('turns of one second are one, with those that were taken up', () => {
  const { history } = play([
    { at: 1_000_100, served: { n: { from: 1, upTo: 2 } } },
    { at: 1_000_300, served: { n: { from: 3, upTo: 4 }, p: { from: 1, upTo: 1 } } },
    { at: 1_002_000, served: { n: { from: 5, upTo: 6 } } },
    { at: 1_002_500, taken: [['ann', 'n', 9, 4, 1_100_000]], watermark: { n: 6, p: 3 } },
  ]);
  expect(history.turnsSince(1_000_000)).toEqual([
    { lane: 'n', from: 1, upTo: 4, at: 1_000_300, taken: 1 },
    { lane: 'p', from: 1, upTo: 1, at: 1_000_300, taken: 0 },
    { lane: 'n', from: 5, upTo: 6, at: 1_002_000, taken: 0 },
  ]);
  expect([history.lanes.n.served, history.lanes.p.served]).toEqual([6, 3]);
  expect(history.claimsAt(1_101_999)).toMatchObject([{ userId: 'ann', used: false }]);
  expect(history.claimsAt(1_102_000)).toEqual([]);
});
