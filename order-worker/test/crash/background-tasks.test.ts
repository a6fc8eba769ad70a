import { broadcast, readItemState, type StockReserved, stockUnknown } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { expect } from 'vitest';
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
