import { type RoomEvent, shuffleKeyOf, shufflePlaces, waitingRoomOf } from 'seckill-core';
import { expect, test } from 'vitest';
import { judgeRoom, type Win } from '../../src/audit/checks/queue/judge-room.ts';
import { RoomBook } from '../../src/audit/checks/queue/room-book.ts';

const SALE = '01900000-0000-7000-8000-000000000000';
const ORDER = '01900000-0000-7000-8000-000000000001';
const SEED = 'ab'.repeat(32);
const T = 1_800_000_000_000;
const waitingRoom = waitingRoomOf('queue', { claimSeconds: 100, staleSeconds: 10 }, { seed: SEED, startsAt: T });
const NAMES = ['ann', 'bob', 'cat', 'dan', 'eve'];
const entryOf = (name: string) => name.padEnd(12, '-');
const key = await shuffleKeyOf(SEED, 'n', NAMES.map(entryOf).join(''));
const places = await shufflePlaces(key, NAMES.length);
const numberAt = (place: number) => places.indexOf(place) + 1;
const nameAt = (place: number) => NAMES[numberAt(place) - 1] ?? '';

type Message = Partial<RoomEvent> & { at: number };
const OPENED: Message = { at: T - 9_000, rebuilt: true };
const JOINED: Message = { at: T - 8_000, joined: NAMES.map((name, i) => [name, 'n', i + 1, entryOf(name)]) };
const LATE: Message = { at: T + 500, joined: [['late', 'n', 6, '']] };
const CLOSED: Message = { at: T, closed: { n: { count: 5, key }, p: { count: 0, key: '' } } };
const SERVED: Message = { at: T + 1_000, served: { n: { from: 1, upTo: 3 } } };
const take = (place: number, at = T + 2_000, more: Partial<RoomEvent> = {}): Message => ({
  at,
  taken: [[nameAt(place), 'n', numberAt(place), place, at + 100_000]],
  watermark: { n: 3, p: 0 },
  ...more,
});
/** What a queue without faults leaves behind. */
const GOOD = [OPENED, JOINED, LATE, CLOSED, SERVED, take(1), take(3)];
const WON: Win = { orderId: ORDER, userId: nameAt(1), reservedAt: T + 3_000 };

async function faultsOf(messages: readonly Message[], wins: readonly Win[] = [WON]): Promise<string[]> {
  const book = new RoomBook();
  for (const message of messages) book.add({ saleId: SALE, epoch: 1, ...message });
  expect(book.isComplete).toBe(true);
  return (await judgeRoom(book, wins, { seed: SEED, waitingRoom })).map(({ says }) => says);
}

test('a queue that was served in its order has no faults, in whatever order gateways stored their messages', async () => {
  expect(await faultsOf(GOOD)).toEqual([]);
  expect(await faultsOf([OPENED, LATE, JOINED, JOINED, take(1), SERVED, SERVED, take(3), CLOSED])).toEqual([]);
});

test('a rebuild in between makes no faults: what was stored too late is void', async () => {
  const rebuilt: Message = { epoch: 2, at: T + 4_000, rebuilt: true };
  const tooLate: Message[] = [
    { at: T + 3_500, joined: [['void', 'n', 7, '']] },
    { at: T + 3_500, served: { n: { from: 4, upTo: 5 } } },
    take(4, T + 3_600, { watermark: { n: 5, p: 0 } }),
    { at: T + 3_700, taken: [['void', 'n', 7, 7, T + 99_000]], watermark: { n: 7, p: 0 } },
  ];
  const again: Message[] = [
    { epoch: 2, at: T + 5_000, joined: [['new', 'n', 7, '']] },
    { epoch: 2, at: T + 5_000, served: { n: { from: 4, upTo: 4 } } },
    take(4, T + 6_000, { epoch: 2, watermark: { n: 4, p: 0 } }),
  ];
  const wins = [WON, { orderId: ORDER, userId: nameAt(4), reservedAt: T + 3_700 }];
  expect(await faultsOf([...GOOD, rebuilt, ...tooLate, ...again], wins)).toEqual([]);
});

test('a user whose turn was missed, was used or ended may join again', async () => {
  const again = (name: string, number: number, at: number): Message => ({ at, joined: [[name, 'n', number, '']] });
  const used: Message = { at: T + 3_000, used: [[nameAt(1), ORDER]] };
  const rejoined = [again(nameAt(2), 7, T + 11_000), again(nameAt(1), 8, T + 4_000), again(nameAt(3), 9, T + 102_000)];
  expect(await faultsOf([...GOOD, used, ...rejoined])).toEqual([]);
});

test.each<[string, readonly Message[], string | RegExp]>([
  [
    'a number is given to two users',
    [...GOOD, { at: T + 500, joined: [['mallory', 'n', 2, '']] }],
    /^Number 2 of lane n was given/,
  ],
  [
    'a user has two tickets',
    [...GOOD, { at: T + 1_500, joined: [[nameAt(5), 'n', 7, '']] }],
    `User ${nameAt(5)} got ticket n7 while ticket n${numberAt(5)} still had its place or its claim.`,
  ],
  [
    'a claim lasts and its user joins again',
    [...GOOD, { at: T + 50_000, joined: [[nameAt(3), 'n', 7, '']] }],
    `User ${nameAt(3)} got ticket n7 while ticket n${numberAt(3)} still had its place or its claim.`,
  ],
  [
    'numbers do not grow',
    [OPENED, { at: T + 1_000, joined: [['zoe', 'n', 9, '']] }, { at: T + 90_000, joined: [['zoe', 'n', 8, '']] }],
    'User zoe got ticket n8 after n9: numbers must grow.',
  ],
  [
    'places are served twice',
    [...GOOD, { at: T + 4_000, served: { n: { from: 2, upTo: 4 } } }],
    'Places 2 to 3 of lane n were given a turn twice.',
  ],
  [
    'the watermark falls after a rebuild',
    [...GOOD, { epoch: 2, at: T + 4_000, rebuilt: true }, { epoch: 2, at: T + 5_000, served: { n: { from: 3, upTo: 4 } } }],
    'Places 3 to 3 of lane n were given a turn twice.',
  ],
  [
    'a turn is taken up before it was given',
    [...GOOD, take(4)],
    `User ${nameAt(4)} took up place 4 of lane n at 2027-01-15T08:00:02.000Z, before it had its turn.`,
  ],
  [
    'a turn is taken up that was given later',
    [...GOOD, { at: T + 60_000, served: { n: { from: 4, upTo: 4 } } }, take(4, T + 30_000, { watermark: { n: 4, p: 0 } })],
    /took up place 4 of lane n at .*, before it had its turn/,
  ],
  [
    'a ticket takes up the place of another',
    [...GOOD, { at: T + 2_000, taken: [[nameAt(2), 'n', numberAt(2), 1, T + 99_000]], watermark: { n: 3, p: 0 } }],
    `Ticket n${numberAt(2)} of user ${nameAt(2)} took up place 1, and the shuffle gave it 2.`,
  ],
  [
    'a user takes up the ticket of another',
    [...GOOD, { at: T + 2_000, taken: [['mallory', 'n', numberAt(2), 2, T + 99_000]], watermark: { n: 3, p: 0 } }],
    `User mallory took up the turn of ticket n${numberAt(2)}, which is not theirs.`,
  ],
  [
    'the shuffle has another key',
    [OPENED, JOINED, { at: T, closed: { n: { count: 5, key: 'f'.repeat(64) }, p: { count: 0, key: '' } } }],
    'The shuffle of lane n was not made from the seed and the 5 entries.',
  ],
  [
    'the entries are shuffled twice',
    [...GOOD, { at: T + 9_000, closed: { n: { count: 4, key: 'f'.repeat(64) }, p: { count: 0, key: '' } } }],
    /^Lane n was shuffled twice: 5 entries with key .*, then 4 with key f/,
  ],
  [
    'an entry comes after the shuffle',
    [...GOOD, { at: T + 700, joined: [['mallory', 'n', 7, entryOf('mallory')]] }],
    'Lane n has an entry with number 7, and 5 were shuffled.',
  ],
])('is at fault if %s', async (_, messages, says) => {
  const faults = await faultsOf(messages, []);
  expect(faults).toContainEqual(typeof says === 'string' ? says : expect.stringMatching(says));
});

test('an order without a turn is a fault, and one from before the turn or long after the claim', async () => {
  const won = { userId: nameAt(5), reservedAt: T + 3_000 };
  expect(await faultsOf(GOOD, [{ ...WON, ...won }])).toEqual([
    `Order ${ORDER} was won at 2027-01-15T08:00:03.000Z by user ${nameAt(5)}, who never took up a turn.`,
  ]);
  const early = { ...WON, reservedAt: T + 500 };
  const late = { ...WON, reservedAt: T + 120_000 };
  expect(await faultsOf(GOOD, [early, late])).toEqual([
    expect.stringContaining(`by user ${nameAt(1)}, who had no claim then.`),
    expect.stringContaining(`by user ${nameAt(1)}, who had no claim then.`),
  ]);
});
