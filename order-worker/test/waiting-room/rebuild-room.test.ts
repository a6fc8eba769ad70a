import {
  broadcast,
  readEntries,
  readRoom,
  readRunId,
  readTickets,
  roomUnknown,
  type StoredRoom,
  type TicketRecord,
} from 'seckill-core';
import { roomKeys } from 'seckill-core/room-layout';
import { beforeEach, expect, test } from 'vitest';
import { createMetrics } from '../../src/index.ts';
import { rebuildRoom } from '../../src/waiting-room/rebuild-room.ts';
import { eventually, type Platform, quiet, usePlatform, users } from '../support/platform.ts';
import { RoomGateway } from '../support/room-gateway.ts';

const on = usePlatform();
let platform: Platform;
beforeEach(() => {
  ({ platform } = on);
});

const keeper = () => {
  const { nc, redis, prisma, publisher } = platform;
  return { nc, redis, prisma, publisher, log: quiet, metrics: createMetrics() };
};

async function isKnown(saleId: string): Promise<boolean> {
  return (await readRoom(platform.redis, saleId)).runId === (await readRunId(platform.redis));
}

/** Everything that Redis holds of a room, except for what a rebuild changes. */
async function roomOf(saleId: string) {
  const tickets: Record<string, TicketRecord> = {};
  for await (const { userId, ...ticket } of readTickets(platform.redis, saleId)) tickets[userId] = ticket;
  const { runId: _, epoch: __, progress: ___, ...room }: StoredRoom = await readRoom(platform.redis, saleId);
  const claims = await platform.redis.zrange(roomKeys(saleId).claims, '0', '-1');
  return { tickets, room, claims, entries: await readEntries(platform.redis, saleId, 'n') };
}

async function openRoom(): Promise<RoomGateway> {
  const { saleId } = await platform.openSale({
    admission: 'queue',
    startsInMs: 3_600_000,
    stock: 100,
    waitingRoom: { claimSeconds: 600, staleSeconds: 300 },
  });
  await eventually(() => isKnown(saleId), 'the room open');
  return RoomGateway.of(platform, saleId);
}

async function joinAll(gateway: RoomGateway, names: readonly string[]): Promise<void> {
  for (let from = 0; from < names.length; from += 500) {
    const answered = await gateway.join(names.slice(from, from + 500));
    expect(answered.size).toBe(Math.min(500, names.length - from));
  }
}

test('a room is open once its sale is published, empty and with the seed that is secret', async () => {
  await platform.startWorker();
  const { sale } = await openRoom();
  const { drawSeed } = await platform.prisma.sale.findUniqueOrThrow({ where: { id: sale.saleId } });
  expect(await readRoom(platform.redis, sale.saleId)).toMatchObject({
    joined: { n: 0, p: 0 },
    entries: undefined,
    seed: drawSeed,
  });
});

test('Redis that lost its data has every ticket, turn and claim again, which takes a moment and no operator', async () => {
  await platform.startWorker();
  const gateway = await openRoom();
  const { saleId } = gateway.sale;
  await joinAll(gateway, users(2_300));
  await gateway.join(['vip'], 'p');
  gateway.startNow();
  await joinAll(gateway, ['late']);
  await gateway.shuffle();
  await gateway.admit(50);
  const placeOf = await gateway.places('n');
  const turns = users(2_300)
    .map((userId, i) => ({ userId, lane: 'n' as const, number: i + 1, place: placeOf(i + 1) }))
    .filter(({ place }) => place <= 30);
  expect((await gateway.takeUp(turns)).map(({ answer }) => answer)).toEqual(turns.map(() => 'TAKEN'));
  await gateway.use(turns[0]?.userId ?? '', '01900000-0000-7000-8000-000000000001');
  const before = await roomOf(saleId);
  expect(before.room).toMatchObject({ joined: { n: 2_301, p: 1 }, entries: { n: 2_300, p: 1 } });

  await platform.redis.flushdb();
  broadcast(platform.nc, roomUnknown, { saleId });
  await eventually(() => isKnown(saleId), 'the room known again');
  expect(await roomOf(saleId)).toEqual(before);
  const after = await gateway.admit(50);
  expect(after).toMatchObject({ given: { n: 0, p: 0 }, claims: 30 });
  expect((await gateway.takeUp(turns)).map(({ answer }) => answer)).toEqual(turns.map((_, i) => (i === 0 ? 'USED' : 'REPEATED')));
});

test('an older copy of the room is closed by the first call that knows better, and rebuilt without a loss', async () => {
  await platform.startWorker();
  const gateway = await openRoom();
  const { saleId } = gateway.sale;
  await joinAll(gateway, users(10));
  const copy = await Promise.all(Object.values(roomKeys(saleId)).map((key) => platform.redis.dumpBuffer(key)));
  await joinAll(gateway, users(25));
  const before = await roomOf(saleId);
  for (const [i, key] of Object.values(roomKeys(saleId)).entries()) {
    const dump = copy[i];
    await platform.redis.del(key);
    if (dump) await platform.redis.restore(key, 0, dump);
  }
  expect((await gateway.join(['new'])).size).toBe(0);
  broadcast(platform.nc, roomUnknown, { saleId });
  await eventually(() => isKnown(saleId), 'the room known again');
  expect(await roomOf(saleId)).toEqual(before);
  expect((await gateway.join(['new'])).get('new')).toMatchObject({ number: 26 });
});

test('while Redis loses its data again and again, no answered ticket is lost or changes its number, and none is given twice', {
  timeout: 120_000,
}, async () => {
  await Promise.all([platform.startWorker(), platform.startWorker()]);
  const gateway = await openRoom();
  const { saleId } = gateway.sale;
  const answered = new Map<string, number>();
  let next = 0;
  const losses = { left: 6 };
  const crowd = Array.from({ length: 8 }, async () => {
    const mine = await RoomGateway.of(platform, saleId).catch(() => new RoomGateway(platform, gateway.sale));
    while (losses.left > 0) {
      const names = users(20, `crowd-${next++}`);
      for (const [userId, { number }] of await mine.join(names)) answered.set(userId, number);
    }
  });
  while (losses.left > 0) {
    const enough = answered.size + 300;
    await eventually(() => answered.size > enough, 'people join');
    await platform.redis.flushdb();
    broadcast(platform.nc, roomUnknown, { saleId });
    await eventually(() => isKnown(saleId), 'the room known again');
    losses.left -= 1;
  }
  await Promise.all(crowd);

  const { tickets, room } = await roomOf(saleId);
  expect(answered.size).toBeGreaterThan(1_500);
  const moved = [...answered].filter(([userId, number]) => tickets[userId]?.number !== number);
  expect(moved).toEqual([]);
  const numbers = Object.values(tickets).map(({ number }) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(Math.max(...numbers)).toBeLessThanOrEqual(room.joined.n);
});

test('two workers that rebuild a room at once do it once', async () => {
  await platform.startWorker();
  const gateway = await openRoom();
  const { saleId } = gateway.sale;
  await platform.stopWorkers();
  await joinAll(gateway, users(5));
  await platform.redis.del(...Object.values(roomKeys(saleId)));
  const results = await Promise.all(Array.from({ length: 3 }, () => rebuildRoom(keeper(), saleId)));
  expect(results.filter((result) => result === 'OPENED')).toHaveLength(1);
  expect(await rebuildRoom(keeper(), saleId)).toBe('KNOWN_ALREADY');
});

test('a room that is lost again in the middle of a rebuild stays closed until the next one', async () => {
  await platform.startWorker();
  const gateway = await openRoom();
  const { saleId } = gateway.sale;
  await platform.stopWorkers();
  await joinAll(gateway, users(2_000));
  await platform.redis.del(...Object.values(roomKeys(saleId)));
  const rebuilding = rebuildRoom(keeper(), saleId);
  await eventually(async () => (await platform.redis.hlen(roomKeys(saleId).tickets)) > 0, 'tickets written');
  await platform.redis.del(...Object.values(roomKeys(saleId)));
  const first = await rebuilding;
  // A fast machine may have opened it before it was lost.
  expect(['BEGIN_AGAIN', 'OPENED']).toContain(first);
  expect(await isKnown(saleId)).toBe(false);
  expect(await rebuildRoom(keeper(), saleId)).toBe('OPENED');
  expect((await roomOf(saleId)).room.joined.n).toBe(2_000);
});
