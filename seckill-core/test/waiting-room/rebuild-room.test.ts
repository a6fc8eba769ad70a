import {
  beginRoomRebuild,
  expireRoom,
  JOIN_BATCH_LIMIT,
  LOST_ENTRY,
  newId,
  openRoom,
  ROOM_REPLAY_LIMIT,
  type RoomPortion,
  type RoomToOpen,
  readEntries,
  readRoom,
  readTickets,
  replayRoom,
  TAKE_UP_BATCH_LIMIT,
} from 'seckill-core';
import { roomKeys } from 'seckill-core/room-layout';
import { expect, test } from 'vitest';
import { SEED } from './room-sale.ts';
import { entryOf, type Room, START, useRooms } from './use-room.ts';

const rooms = useRooms();
const nothing: RoomPortion = { tickets: [], claims: [], entries: { n: '', p: '' } };

const toOpen = (room: Room, mark: string, more: Partial<RoomToOpen> = {}): RoomToOpen => ({
  mark,
  runId: room.runId,
  seed: SEED,
  joined: { n: 0, p: 0 },
  served: { n: 0, p: 0 },
  ...more,
});

test('a rebuilt room goes on where the lost one was: numbers, shuffle, turns and claims', async () => {
  const room = await rooms.open();
  const { saleId } = room.sale;
  await room.join('ann', 'bob', 'vip-cid');
  await room.at(START);
  await room.join('dan');
  await room.tick(2);
  const first = room.placeOf('n1') === 1 ? { userId: 'ann', ticket: 'n1' } : { userId: 'bob', ticket: 'n2' };
  await room.take({ [first.userId]: first.ticket, 'vip-cid': 'p1' });
  await room.use('vip-cid');
  const before = await readRoom(room.redis, saleId);
  const state = await room.tick(2);
  const claims = (await room.find(first.userId))?.tickets.map((ticket) => ({ userId: first.userId, until: ticket?.until ?? 0 }));
  const tickets: RoomPortion['tickets'][number][] = [];
  for await (const ticket of readTickets(room.redis, saleId)) tickets.push(ticket);
  const entries = { n: await readEntries(room.redis, saleId, 'n'), p: await readEntries(room.redis, saleId, 'p') };

  await room.redis.del(...Object.values(roomKeys(saleId)));
  const mark = newId();
  const epoch = await beginRoomRebuild(room.redis, saleId, mark);
  expect(await room.join('eve')).toBeUndefined();
  expect(await replayRoom(room.redis, saleId, mark, { tickets, claims: claims ?? [], entries })).toBe(true);
  const { joined, served, entries: counts, keys } = before;
  const opened = await openRoom(
    room.redis,
    saleId,
    toOpen(room, mark, { joined, served, entries: counts, keys, turns: state?.turns }),
  );
  expect(opened).toBe(true);

  const { progress, ...after } = await readRoom(room.redis, saleId);
  expect(after).toEqual({ ...before, progress: undefined, epoch });
  expect(progress).toBeGreaterThanOrEqual(room.progress);
  expect(await room.join('ann', 'bob', 'vip-cid', 'dan', 'eve')).toEqual(['n1', 'n2', 'p1', 'n3', 'n4']);
  expect(await room.take({ [first.userId]: first.ticket, 'vip-cid': 'p1' })).toMatchObject([
    { answer: 'REPEATED', until: START + 20_000 },
    { answer: 'USED' },
  ]);
});

test('an entry that was lost keeps its number free of others', async () => {
  const room = await rooms.open();
  const { saleId } = room.sale;
  const mark = newId();
  await beginRoomRebuild(room.redis, saleId, mark);
  const ticket = { userId: 'bob', lane: 'n', number: 2, mark: 'WAITING' } as const;
  await replayRoom(room.redis, saleId, mark, {
    ...nothing,
    tickets: [ticket],
    entries: { n: LOST_ENTRY + entryOf('bob'), p: '' },
  });
  await openRoom(room.redis, saleId, toOpen(room, mark, { joined: { n: 2, p: 0 } }));
  room.progress = 0;
  expect(await room.join('ann', 'bob')).toEqual(['n3', 'n2']);
});

test('a rebuilt room gives no turn by units that were read before it opened', async () => {
  const room = await rooms.open();
  const { saleId } = room.sale;
  await room.at(START);
  const mark = newId();
  await beginRoomRebuild(room.redis, saleId, mark);
  const ticket = { userId: 'ann', lane: 'n', number: 1, mark: 'WAITING' } as const;
  await replayRoom(room.redis, saleId, mark, { ...nothing, tickets: [ticket] });
  const entries = { n: 0, p: 0 };
  await openRoom(room.redis, saleId, toOpen(room, mark, { joined: { n: 1, p: 0 }, entries }));
  expect((await room.tick(1, START - 500))?.given.n).toBe(0);
  expect((await room.tick(1, START))?.given.n).toBe(0);
  await room.wait(1);
  expect((await room.tick(1))?.given.n).toBe(1);
});

test('of two rebuilds at once, the later one counts', async () => {
  const room = await rooms.open();
  const { saleId } = room.sale;
  const [slow, quick] = [newId(), newId()];
  const first = await beginRoomRebuild(room.redis, saleId, slow);
  const second = await beginRoomRebuild(room.redis, saleId, quick);
  expect(second).toBeGreaterThan(first);
  expect(await replayRoom(room.redis, saleId, slow, nothing)).toBe(false);
  expect(await openRoom(room.redis, saleId, toOpen(room, slow))).toBe(false);
  expect(await replayRoom(room.redis, saleId, quick, nothing)).toBe(true);
  expect(await openRoom(room.redis, saleId, toOpen(room, quick))).toBe(true);
});

test('a room is forgotten with its sale', async () => {
  const room = await rooms.open();
  await room.join('ann');
  await expireRoom(room.redis, room.sale.saleId, 0);
  expect(await room.redis.exists(...Object.values(roomKeys(room.sale.saleId)))).toBe(0);
});

test('a call that would keep Redis busy for long is refused', async () => {
  const room = await rooms.open();
  const names = (count: number) => Array.from({ length: count + 1 }, (_, i) => `user-${i}`);
  await expect(room.join(...names(JOIN_BATCH_LIMIT))).rejects.toThrow(RangeError);
  await expect(room.take(Object.fromEntries(names(TAKE_UP_BATCH_LIMIT).map((user) => [user, 'n1'])))).rejects.toThrow(RangeError);
  const tickets = names(ROOM_REPLAY_LIMIT).map((userId) => ({ userId, lane: 'n', number: 1, mark: 'WAITING' }) as const);
  await expect(replayRoom(room.redis, room.sale.saleId, 'mark', { ...nothing, tickets })).rejects.toThrow(RangeError);
});
