import {
  broadcast,
  clearOutbox,
  readItemState,
  readRoom,
  readTickets,
  roomUnknown,
  type StockReserved,
  stockUnknown,
  type TicketRecord,
} from 'seckill-core';
import { roomKeys } from 'seckill-core/room-layout';
import { itemKeys } from 'seckill-core/stock-layout';
import { expect } from 'vitest';
import { rebuildRoom } from '../../src/waiting-room/rebuild-room.ts';
import { RoomGateway } from '../support/room-gateway.ts';
import { readStoredEvents } from '../support/stored-events.ts';
import { ORDERED } from './books.ts';
import { describeCrashPath } from './crash-path.ts';
import { type Ground, useGround } from './ground.ts';

const grounds = [useGround(), useGround(), useGround(), useGround()];

describeCrashPath<StockReserved>(grounds, {
  name: 'the relay publishes what stays in the outbox',
  about: /^nats reserved$|^redis zrem$/,
  steps: ['nats reserved', 'redis zrem'],
  prepare: (ground, count) => ground.wins(count),
  trigger: async (ground, { itemId, reservationId }) => {
    const keys = itemKeys(itemId);
    await ground.redis.zadd(keys.outbox, Date.now() - 10_000, reservationId);
    return undefined;
  },
  books: ORDERED,
});

describeCrashPath<StockReserved>(grounds, {
  name: 'an item that Redis has lost is rebuilt',
  about: /^redis (begin-rebuild|replay|open-item)$/,
  steps: ['redis begin-rebuild', 'redis replay', 'redis open-item'],
  prepare: (ground, count) => ground.orders(count),
  trigger: async (ground, { itemId }) => {
    await ground.redis.del(Object.values(itemKeys(itemId)));
    broadcast(ground.nc, stockUnknown, { itemId });
    return undefined;
  },
  books: ORDERED,
  check: async (ground, { itemId }) => {
    await expect.poll(async () => (await readItemState(ground.redis, itemId)).runId).toBeDefined();
    // The only unit is sold, so a second buyer does not win it.
    const { saleId } = await ground.prisma.item.findUniqueOrThrow({ where: { id: itemId } });
    expect(await ground.reserve(saleId, itemId, 'another')).toBeUndefined();
  },
});

/** A sale of `count` items, each won by a user who queued. */
async function winsOfQueue(ground: Ground, count: number): Promise<StockReserved[]> {
  const { saleId, items } = await ground.openSale({ itemCount: count, admission: 'queue', waitingRoom: { claimSeconds: 3_600 } });
  await rebuildRoom(ground.context, saleId);
  const gateway = await RoomGateway.of(ground.context, saleId);
  const names = items.map((_, i) => `buyer-${i}`);
  await gateway.join(names);
  await gateway.admit(count);
  await gateway.takeUp(names.map((userId, i) => ({ userId, lane: 'n', number: i + 1, place: i + 1 })));
  const wins: StockReserved[] = [];
  for (const [i, { itemId }] of items.entries()) {
    const win = await ground.reserve(saleId, itemId, `buyer-${i}`);
    if (win === undefined) throw new Error('The only buyer did not win.');
    await clearOutbox(ground.redis, itemId, [win.reservationId]);
    await gateway.use(win.userId, win.reservationId);
    wins.push(win);
  }
  const worker = await ground.startWorker();
  await Promise.all(wins.map((win) => ground.publish(win)));
  await ground.comesToRest();
  await worker.stop();
  return wins;
}

describeCrashPath<StockReserved>(grounds, {
  name: 'a waiting room that Redis has lost is rebuilt',
  about: /^redis (begin-room|replay-room|open-room)$|^nats queue$/,
  // The tickets, then the claims. The users came after the start, so no one is shuffled and there are no entries.
  steps: ['redis begin-room', 'nats queue', 'redis replay-room', 'redis replay-room', 'redis open-room'],
  prepare: winsOfQueue,
  trigger: async (ground, { saleId }) => {
    await ground.redis.del(Object.values(roomKeys(saleId)));
    broadcast(ground.nc, roomUnknown, { saleId });
    return undefined;
  },
  books: ORDERED,
  check: async (ground, { saleId, userId }) => {
    await expect.poll(async () => (await readRoom(ground.redis, saleId)).runId).toBeDefined();
    const tickets = new Map<string, TicketRecord>();
    for await (const { userId: user, ...ticket } of readTickets(ground.redis, saleId)) tickets.set(user, ticket);
    expect(tickets.get(userId)).toEqual({ lane: 'n', number: Number(userId.slice('buyer-'.length)) + 1, mark: 'USED' });
    expect(await readRoom(ground.redis, saleId)).toMatchObject({ joined: { n: tickets.size }, served: { n: tickets.size } });
  },
});

/** The listener has counted every stored event once. */
async function statisticsSayWhatIsStored(ground: Ground, { saleId }: StockReserved): Promise<void> {
  await ground.hasCounted();
  const stored = (await readStoredEvents(ground.nc, saleId)).filter(({ event }) => event === 'created').length;
  const counted = await ground.prisma.saleStatistics.findUnique({ where: { saleId } });
  expect(Number(counted?.created)).toBe(stored);
}

describeCrashPath<StockReserved>(grounds, {
  name: 'the statistics count an event',
  about: /^postgres (UPDATE listener_positions|add-statistics|commit add-statistics)$/,
  steps: ['postgres UPDATE listener_positions', 'postgres add-statistics', 'postgres commit add-statistics'],
  prepare: (ground, count) => ground.wins(count),
  trigger: (ground, win) => ground.publish(win),
  books: ORDERED,
  check: statisticsSayWhatIsStored,
});
