import { roomKeys } from 'seckill-core/room-layout';
import { expect, test } from 'vitest';
import { entryOf, START, useRooms } from './use-room.ts';

const rooms = useRooms();
const names = (count: number, prefix = 'user') => Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);

test('a user gets one number of their lane, whatever is repeated', async () => {
  const room = await rooms.open();
  expect(await room.join('ann', 'vip-bob', 'ann', 'cid')).toEqual(['n1', 'p1', 'n1', 'n2']);
  expect(await room.join('cid', 'dan', 'ann')).toEqual(['n2', 'n3', 'n1']);
});

test('no turn is given before the start, before the shuffle has its keys, or without figures of the last second', async () => {
  const room = await rooms.open();
  await room.join(...names(5));
  expect((await room.tick(3))?.served.n).toBe(0);
  await room.at(START);
  expect((await room.tick())?.given.n).toBe(0);
  expect((await room.tick(3, START - 1_001))?.given.n).toBe(0);
  expect((await room.tick(3, START - 1_000))?.given.n).toBe(3);
  expect((await room.tick(3))?.given.n).toBe(0);
});

test('a claim keeps the units that it may take: no more turns are given than units are left', async () => {
  const room = await rooms.open({ limitPerUser: 2 });
  await room.at(START);
  const tickets = await room.join(...names(10));
  expect((await room.tick(7))?.served.n).toBe(3);
  const [first = '', second = ''] = tickets ?? [];
  expect(await room.take({ 'user-1': first })).toMatchObject([{ answer: 'TAKEN', until: START + 20_000 }]);
  expect(await room.take({ 'user-1': first })).toMatchObject([{ answer: 'REPEATED', until: START + 20_000 }]);
  expect((await room.tick(7))?.given.n).toBe(0);
  await room.use('user-1');
  // The units may have been read before the win.
  expect((await room.tick(7))?.given.n).toBe(0);
  expect(await room.take({ 'user-1': first })).toMatchObject([{ answer: 'USED' }]);
  await room.wait(2_001);
  expect((await room.tick(6))?.given.n).toBe(1);
  expect(await room.take({ 'user-2': second })).toMatchObject([{ answer: 'TAKEN' }]);
});

test('a missed turn goes to the next one, and its user joins the end', async () => {
  const room = await rooms.open();
  await room.at(START);
  await room.join('ann', 'bob');
  await room.tick(1);
  await room.wait(4_999);
  expect((await room.tick(1))?.given.n).toBe(0);
  await room.wait(1);
  expect(await room.take({ ann: 'n1' })).toMatchObject([{ answer: 'MISSED' }]);
  expect((await room.tick(1))?.given.n).toBe(1);
  const again = { userId: 'ann', lane: 'n', entryId: entryOf('ann'), over: { record: 'n1', place: 1 } } as const;
  expect(await room.join({ ...again, over: { record: 'n2', place: 1 } })).toEqual(['n1']);
  expect(await room.join(again)).toEqual(['n3']);
  expect(await room.join(again)).toEqual(['n3']);
});

test('a turn that has come and is not stale cannot be given up for another number', async () => {
  const room = await rooms.open();
  await room.at(START);
  await room.join('ann');
  const again = { userId: 'ann', lane: 'n', entryId: entryOf('ann'), over: { record: 'n1', place: 1 } } as const;
  expect(await room.join(again)).toEqual(['n1']);
  await room.tick(1);
  expect(await room.join(again)).toEqual(['n1']);
  await room.take({ ann: 'n1' });
  expect(await room.join({ ...again, over: { record: 'n1+', place: 1 } })).toEqual(['n1']);
  // The claim counts for two more seconds, for a win that was decided at its end.
  await room.wait(22_000);
  expect(await room.join({ ...again, over: { record: 'n1+', place: 1 } })).toEqual(['n2']);
});

test('a missed turn may be taken up late if the sale says so, as soon as units are free', async () => {
  const room = await rooms.open({ missedTurn: 'keep' });
  await room.at(START);
  await room.join('ann', 'bob');
  await room.tick(1);
  await room.wait(5_000);
  await room.tick(1);
  expect(await room.take({ ann: 'n1' }, 1)).toMatchObject([{ answer: 'WAITING' }]);
  expect(await room.take({ ann: 'n1' })).toMatchObject([{ answer: 'WAITING' }]);
  expect(await room.take({ ann: 'n1' }, 2)).toMatchObject([{ answer: 'TAKEN', until: START + 25_000 }]);
});

test('lanes are served by their weights', async () => {
  const room = await rooms.open({ priorityWeight: 3 });
  await room.at(START);
  await room.join(...names(20), ...names(20, 'vip'));
  const served = [];
  for (let units = 1; units <= 12; units += 1) served.push((await room.tick(units))?.served);
  expect(served.map((each) => each && `${each.p}:${each.n}`)).toEqual([
    '1:0',
    '2:0',
    '3:0',
    '3:1',
    '4:1',
    '5:1',
    '6:1',
    '6:2',
    '7:2',
    '8:2',
    '9:2',
    '9:3',
  ]);
});

test('a queue is admitted at the rate of its sale, a draw at once', async () => {
  const queue = await rooms.open({ ratePerSecond: 4, burst: 2 });
  await queue.at(START);
  await queue.join(...names(20));
  const given = [];
  for (let i = 0; i < 5; i += 1) {
    given.push((await queue.tick(20))?.given.n);
    await queue.wait(500);
  }
  expect(given).toEqual([2, 2, 2, 2, 2]);
  const draw = await rooms.open({ admission: 'draw', ratePerSecond: 4, burst: 2 });
  await draw.join(...names(20));
  await draw.at(START);
  expect((await draw.tick(15))?.given.n).toBe(15);
});

test('a draw takes no entry after its end, and gives a ticket again to those who entered', async () => {
  const room = await rooms.open({ admission: 'draw', entriesUntil: START - 5_000 });
  expect(await room.join('ann')).toEqual(['n1']);
  await room.at(START - 5_000);
  expect(await room.join('bob', 'ann')).toEqual(['closed', 'n1']);
  const state = await room.tick();
  expect(state).toMatchObject({ entries: { n: 1, p: 0 }, seed: expect.any(String), keys: { n: expect.any(String) } });
});

test('the seed is not shown before entries are closed', async () => {
  const room = await rooms.open();
  expect((await room.tick(1))?.seed).toBeUndefined();
  await room.at(START);
  expect((await room.tick(1))?.seed).toBeDefined();
});

test('everyone who came before entries closed is shuffled, later arrivals are not', async () => {
  const room = await rooms.open();
  const early = (await room.join(...names(50))) ?? [];
  await room.at(START);
  const late = (await room.join(...names(5, 'late'))) ?? [];
  expect((await room.tick(1))?.entries).toEqual({ n: 50, p: 0 });
  const places = early.map((ticket) => room.placeOf(ticket));
  expect(places.toSorted((a, b) => a - b)).toEqual(names(50).map((_, i) => i + 1));
  expect(places).not.toEqual(places.toSorted((a, b) => a - b));
  expect(late.map((ticket) => room.placeOf(ticket))).toEqual([51, 52, 53, 54, 55]);
});

test.each([
  ['tickets', 'join'],
  ['entriesN', 'tick'],
  ['room', 'join'],
] as const)('a room that lost its %s answers no one until it is rebuilt', async (key, step) => {
  const room = await rooms.open();
  await room.join('ann', 'bob');
  await room.redis.del(roomKeys(room.sale.saleId)[key]);
  expect(step === 'join' ? await room.join('cid') : await room.tick()).toBeUndefined();
  expect(await room.join('cid')).toBeUndefined();
  expect(await room.find('ann')).toBeUndefined();
});

test('a room that went back to an older copy answers no one until it is rebuilt', async () => {
  const room = await rooms.open();
  await room.join('ann');
  const { room: key } = roomKeys(room.sale.saleId);
  const before = await room.redis.hget(key, 'progress');
  await room.join('bob');
  await room.redis.hset(key, 'progress', before ?? 0);
  expect(await room.join('cid')).toBeUndefined();
  room.progress = 0;
  expect(await room.join('cid')).toBeUndefined();
  expect(await room.open()).toBe(true);
  expect(await room.join('cid')).toEqual(['n1']);
});

test('a clock that steps back stops neither the rate nor the turns', async () => {
  const room = await rooms.open({ ratePerSecond: 1, burst: 1 });
  await room.at(START + 60_000);
  await room.join('ann', 'bob');
  await room.tick(2);
  await room.at(START + 10_000);
  await room.tick(2);
  await room.wait(1_000);
  expect((await room.tick(2))?.given.n).toBe(1);
});
