import { fillBooks, startServers } from 'dev';
import { Redis } from 'ioredis';
import { broadcast, newReservationId, readItemState, readRunId, reserve, type SaleSettings, stockUnknown } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createMetrics, rebuildItem } from '../../src/index.ts';
import { byUrgency } from '../../src/stock/guard-stock.ts';
import { REBUILD_LOCK } from '../../src/stock/rebuild-item.ts';
import { readItem } from '../support/item-in-redis.ts';
import { eventually, itemIdOf, type Platform, patientTransaction, quiet, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(() => {
  ({ platform } = on);
});

/** What a worker rebuilds an item with, without the tasks and consumers of a worker. */
const keeper = () => ({ ...pick(platform), log: quiet, metrics: createMetrics() });
const pick = ({ nc, redis, prisma }: Platform) => ({ nc, redis, prisma });

async function tryToBuy(itemId: string): Promise<string> {
  const runId = await readRunId(platform.redis);
  const { answers } = await reserve(platform.redis, itemId, runId, [
    { reservationId: newReservationId(itemId), userId: 'x', quantity: 1 },
  ]);
  return answers[0]?.answer ?? '';
}

/** Holds the lock that a rebuild takes. Otherwise the stock guard could rebuild the item at any moment. */
async function withoutRebuilds(itemId: string, work: () => Promise<void>): Promise<void> {
  await platform.prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 AS locked FROM pg_advisory_xact_lock(${REBUILD_LOCK}::int, ${Number.parseInt(itemId, 16)}::int)`;
    await work();
  }, patientTransaction);
}

/** 2 paid, 1 cancelled, 3 waiting for payment, 1 rejected: of 10 units 5 are left. */
async function aSaleWithHistory() {
  const sale = await platform.openSale({ stock: 10, limitPerUser: 10 });
  const wins = await platform.win(sale, users(6));
  const rejected = platform.forged(sale, 'greedy', { quantity: 11 });
  await platform.publish([rejected]);
  await platform.comesToRest();
  const ids = wins.map((win) => win.reservationId);
  await platform.prisma.order.updateMany({
    where: { id: { in: ids.slice(0, 2) } },
    data: { status: 'PAID', settledAt: new Date() },
  });
  await platform.prisma.order.update({
    where: { id: ids[2] ?? '' },
    data: { status: 'CANCELLED', reason: 'buyer', settledAt: new Date() },
  });
  await platform.prisma.item.update({ where: { id: itemIdOf(sale) }, data: { sold: { decrement: 1 } } });
  return { sale, ids, rejected };
}

describe('Redis that lost its data', () => {
  test('lets no buyer win until the item is rebuilt, which takes a moment and no operator', async () => {
    await platform.startWorker();
    const { sale, ids, rejected } = await aSaleWithHistory();
    const itemId = itemIdOf(sale);

    await withoutRebuilds(itemId, async () => {
      await platform.redis.flushdb();
      expect(await tryToBuy(itemId)).toBe('STOCK_UNKNOWN');
    });
    broadcast(platform.nc, stockUnknown, { itemId });
    await eventually(async () => (await readItemState(platform.redis, itemId)).runId !== undefined, 'the item known again');

    expect(await platform.left(sale)).toBe(5);
    const states = await Promise.all([...ids, rejected.reservationId].map((id) => platform.statusInRedis(id)));
    expect(states).toEqual(['PAID', 'PAID', 'CANCELLED', 'ORDERED', 'ORDERED', 'ORDERED', 'REJECTED']);
    const { held } = await readItem(platform.redis, itemId);
    expect(held).toEqual({ 'user-0': 1, 'user-1': 1, 'user-3': 1, 'user-4': 1, 'user-5': 1 });
    // The catalogue is back too, and a buyer can win once gateways no longer answer "sold out".
    await eventually(async () => (await tryToBuy(itemId)) === 'RESERVED', 'a win');
  });

  test('counts the winners that still wait in the stream', async () => {
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 10 });
    await platform.stopWorkers();
    const wins = await platform.win(sale, users(4));
    await platform.redis.flushdb();
    // No worker makes orders of them first.
    expect(await rebuildItem(keeper(), itemIdOf(sale))).toBe('OPENED');
    expect(await platform.left(sale)).toBe(6);
    expect(await platform.statusInRedis(wins[3]?.reservationId ?? '')).toBe('RESERVED');

    await platform.startWorker();
    await eventually(async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === 4, 'four orders');
    await eventually(async () => (await platform.statusInRedis(wins[3]?.reservationId ?? '')) === 'ORDERED', 'ORDERED');
    expect(await platform.left(sale)).toBe(6);
    await platform.expectAuditHolds(sale);
  });
});

describe('another Redis process (restart, failover)', () => {
  test('is verified before a buyer can win: missing moves are replayed, and what it has stays', async () => {
    await platform.startWorker();
    const { sale, ids } = await aSaleWithHistory();
    const itemId = itemIdOf(sale);
    // A stale copy on another process: the order of ids[3] is still RESERVED there, and the units of ids[2] are still held.
    await withoutRebuilds(itemId, async () => {
      await platform.redis.hset(itemKeys(itemId).item, 'runId', 'another');
      expect(await tryToBuy(itemId)).toBe('STOCK_UNKNOWN');
    });
    const runId = await readRunId(platform.redis);
    await eventually(async () => (await readItemState(platform.redis, itemId)).runId === runId, 'the item verified');
    expect(await platform.left(sale)).toBe(5);
    expect(await Promise.all(ids.map((id) => platform.statusInRedis(id)))).toEqual([
      'PAID',
      'PAID',
      'CANCELLED',
      'ORDERED',
      'ORDERED',
      'ORDERED',
    ]);
  });

  test('that holds a win unknown to the stream and the outbox: it returns to the outbox and becomes an order', async () => {
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 10 });
    const [win] = await platform.reserve(sale, ['stranded']);
    const itemId = itemIdOf(sale);
    await platform.redis.zrem(itemKeys(itemId).outbox, win?.reservationId ?? '');
    await platform.redis.hset(itemKeys(itemId).item, 'runId', 'another');
    await eventually(async () => (await platform.order(win?.reservationId ?? '')) !== null, 'its order');
    await platform.expectAuditHolds(sale);
  });
});

test('many workers open one item once', async () => {
  await platform.startWorker();
  const sale = await platform.openSale({
    items: [1, 2, 3].map((n) => ({ title: `item ${n}`, stock: 10, priceCents: 1, currency: 'EUR' })),
  });
  // Their stock guards would open the items as well.
  await platform.stopWorkers();
  await platform.redis.flushdb();
  for (const [item, { itemId }] of sale.items.entries()) {
    const results = await Promise.all([1, 2, 3].map(() => rebuildItem(keeper(), itemId)));
    expect(results.sort()).toEqual(['KNOWN_ALREADY', 'KNOWN_ALREADY', 'OPENED']);
    expect(await platform.left(sale, item)).toBe(10);
  }
});

describe('an item with many orders', () => {
  test('is rebuilt in a few commands of Redis for each thousand, however many users bought it', async () => {
    const [sale] = await fillBooks(platform.databaseUrl, { orders: 6_000 });
    const itemId = sale?.itemIds[0] ?? '';
    // A server counts the commands of all its clients, so no other test may use this one.
    const servers = await startServers({ redis: {} }, { label: 'rebuild' });
    onTestFinished(() => servers.stop());
    const redis = new Redis(servers.redis.url);
    onTestFinished(() => redis.disconnect());

    expect(await rebuildItem({ ...keeper(), redis }, itemId)).toBe('OPENED');

    const calls = [...(await redis.info('commandstats')).matchAll(/calls=(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
    expect(calls).toBeLessThan(200);
    const item = await readItem(redis, itemId);
    expect(item).toMatchObject({ live: 4_200, stock: 6_000 });
    expect(Object.values(item.held)).toEqual(Array(4_200).fill(1));
    const states = Object.values(item.reservations);
    expect(['ORDERED', 'PAID', 'CANCELLED'].map((status) => states.filter((each) => each === status).length)).toEqual([
      600, 3_600, 1_800,
    ]);
  });

  test('is left to the worker that rebuilds it already, while the guard goes on with other items', async () => {
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 1 });
    await withoutRebuilds(itemIdOf(sale), async () => {
      expect(await rebuildItem(keeper(), itemIdOf(sale), { ifFree: true })).toBe('BUSY');
    });
  });
});

test('items on sale are rebuilt first, then those whose sale begins next', () => {
  const now = Date.now();
  const unknown = [
    { itemId: 'over', startsAt: now - 9, endsAt: now - 1 },
    { itemId: 'later', startsAt: now + 2_000, endsAt: now + 3_000 },
    { itemId: 'closed', startsAt: now - 9, endsAt: now + 9_000, status: 'CLOSED' },
    { itemId: 'soon', startsAt: now + 1_000, endsAt: now + 3_000 },
    { itemId: 'live', startsAt: now - 9, endsAt: now + 9_000 },
  ].map(({ itemId, ...sale }) => ({ itemId, sale: { status: 'PUBLISHED', ...sale } as SaleSettings }));
  expect(byUrgency(unknown, now).map(({ itemId }) => itemId)).toEqual(['live', 'soon', 'later', 'over', 'closed']);
});
