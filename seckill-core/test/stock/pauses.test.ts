import { expireItem, release } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { useSetClock } from './set-clock.ts';
import { type ItemOnSale, moveOf, useStock } from './use-stock.ts';

const stock = useStock();
const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;
const firstPauseMs = 2_000;
let setClock: (ms: number) => Promise<unknown>;
let now = NOW;

beforeAll(async () => {
  setClock = await useSetClock(stock.redis, NOW);
});
beforeEach(() => pass(NOW - now));

async function pass(ms: number): Promise<void> {
  now += ms;
  await setClock(now);
}

/** Wins and gives back. Returns the pause that this costs, ms. */
async function winAndGiveBack(item: ItemOnSale, userId = 'ann'): Promise<number> {
  const win = await item.buy(userId);
  expect(win.answer).toBe('RESERVED');
  await release(item.redis, item.itemId, 'CANCELLED', [moveOf(win)], { firstPauseMs });
  const next = await item.buy(userId);
  if (next.answer === 'USER_PAUSED') return next.retryAfterMs;
  expect(next.answer).toBe('RESERVED');
  return 0;
}

test('a user who gives units back without paying waits: not the first time, then 2 s, 4 s, 8 s, … 10 min', async () => {
  const item = await stock.putOnSale({ stock: 1_000, limitPerUser: 1_000 });
  expect(await winAndGiveBack(item)).toBe(0);
  const pauses: number[] = [];
  for (let time = 0; time < 12; time += 1) {
    const pause = await winAndGiveBack(item);
    pauses.push(pause);
    await pass(pause - 1);
    expect(await item.buy('ann')).toMatchObject({ answer: 'USER_PAUSED', retryAfterMs: 1 });
    await pass(1);
  }
  expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600].map((seconds) => seconds * 1_000));
});

test('other users and items are not held back, and the pause takes no token of the bucket', async () => {
  const item = await stock.putOnSale({ ratePerSecond: 1, burst: 4, limitPerUser: 10 });
  const other = await stock.putOnSale();
  expect(await winAndGiveBack(item)).toBe(0);
  expect(await winAndGiveBack(item)).toBe(firstPauseMs);
  expect((await other.buy('ann')).answer).toBe('RESERVED');
  expect((await item.buy('bob')).answer).toBe('RESERVED');
  expect((await item.buy('cid')).answer).toBe('RATE_LIMITED');
});

test('a pause does not hide a better answer: a token that has won, a limit that is reached', async () => {
  const item = await stock.putOnSale({ limitPerUser: 2 });
  const kept = await item.buy('ann');
  const { reservationId, userId, quantity } = kept;
  for (let time = 0; time < 2; time += 1) {
    const win = await item.buy('ann');
    await release(item.redis, item.itemId, 'CANCELLED', [moveOf(win)], { firstPauseMs });
  }
  expect((await item.buy('ann')).answer).toBe('USER_PAUSED');
  expect((await item.buy('ann', 2)).answer).toBe('LIMIT_REACHED');
  expect(await item.reserve({ reservationId, userId, quantity })).toMatchObject([{ answer: 'REPEATED' }]);
});

test('an hour after the end of the last pause it is forgotten', async () => {
  const item = await stock.putOnSale({ limitPerUser: 10 });
  expect(await winAndGiveBack(item)).toBe(0);
  expect(await winAndGiveBack(item)).toBe(2_000);
  await pass(2_000 + HOUR);
  expect(await winAndGiveBack(item)).toBe(4_000);
  await pass(4_000 + HOUR + 1);
  expect(await winAndGiveBack(item)).toBe(0);
});

test('a release that is repeated, a rejection, a refund, and a worker without pauses count nothing', async () => {
  const item = await stock.putOnSale({ limitPerUser: 10 });
  const win = await item.buy('ann');
  for (let time = 0; time < 3; time += 1) await release(item.redis, item.itemId, 'CANCELLED', [moveOf(win)], { firstPauseMs });
  await release(item.redis, item.itemId, 'REFUNDED', [moveOf(win)], { firstPauseMs });
  expect(await item.redis.hget(itemKeys(item.itemId).pauses, 'ann')).toBe(`1|${now}`);
  const other = await stock.putOnSale();
  const unpaid = await other.buy('ann');
  await release(other.redis, other.itemId, 'CANCELLED', [moveOf(unpaid)]);
  expect(await other.redis.exists(itemKeys(other.itemId).pauses)).toBe(0);
});

test('a clock that steps back makes no pause longer than the longest', async () => {
  const item = await stock.putOnSale({ limitPerUser: 10 });
  await winAndGiveBack(item);
  await winAndGiveBack(item);
  await pass(-24 * HOUR);
  expect(await item.buy('ann')).toMatchObject({ answer: 'USER_PAUSED', retryAfterMs: 600_000 });
});

test('pauses are gone with the item, and otherwise after the last could count', async () => {
  const item = await stock.putOnSale();
  const win = await item.buy('ann');
  await release(item.redis, item.itemId, 'CANCELLED', [moveOf(win)], { firstPauseMs });
  const { pauses } = itemKeys(item.itemId);
  expect(await item.redis.pttl(pauses)).toBeGreaterThan(HOUR);
  await expireItem(item.redis, item.itemId, 5);
  expect(await item.redis.ttl(pauses)).toBeLessThanOrEqual(5);
});
