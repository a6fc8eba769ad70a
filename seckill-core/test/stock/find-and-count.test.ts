import {
  clearOutbox,
  countReservations,
  countWinners,
  findInOutbox,
  findReservations,
  outboxRemovalCommand,
  readBuyers,
  readOutboxIds,
  returnToOutbox,
} from 'seckill-core';
import { expect, test } from 'vitest';
import { useStock } from './use-stock.ts';

const stock = useStock();
const FOREVER = 9e15;

async function twoWins() {
  const item = await stock.putOnSale();
  const first = (await item.buy('first')).reservationId;
  const second = (await item.buy('second')).reservationId;
  return { redis: stock.redis, itemId: item.itemId, first, second };
}

test('a win that is returned to the outbox is waiting there again, and one that waits keeps its place', async () => {
  const { redis, itemId, first, second } = await twoWins();
  await clearOutbox(redis, itemId, [first]);
  expect(await findInOutbox(redis, itemId, [first, second])).toEqual(new Set([second]));
  const wins = [first, second].map((reservationId) => ({ reservationId, reservedAt: FOREVER }));
  expect(await returnToOutbox(redis, itemId, wins)).toEqual([first]);
  expect(await readOutboxIds(redis, itemId, { now: FOREVER, waitedMs: 0 }, 10)).toEqual([second, first]);
  expect(await readOutboxIds(redis, itemId, { now: FOREVER, waitedMs: 1 }, 10)).toEqual([second]);
});

test('reservations are found by id, and what Redis does not have is missing', async () => {
  const { redis, itemId, first } = await twoWins();
  const found = await findReservations(redis, itemId, [first, 'unknown']);
  expect([...found]).toMatchObject([[first, { status: 'RESERVED', userId: 'first', quantity: 1 }]]);
  expect(await findReservations(redis, itemId, [])).toEqual(new Map());
});

test('reservations, winners and the units of each buyer are counted', async () => {
  const { redis, itemId } = await twoWins();
  expect(await countReservations(redis, itemId)).toBe(2);
  expect(await countWinners(redis, itemId)).toBe(2);
  const buyers: Record<string, number> = {};
  for await (const { userId, units } of readBuyers(redis, itemId)) buyers[userId] = units;
  expect(buyers).toEqual({ first: 1, second: 1 });
});

test('the command for an operator removes the entry', async () => {
  const { redis, itemId, first, second } = await twoWins();
  const [command = '', key = '', id = ''] = outboxRemovalCommand(itemId, first).replaceAll('"', '').split(' ');
  await redis.call(command, key, id);
  expect(await readOutboxIds(redis, itemId, { now: FOREVER, waitedMs: 0 }, 10)).toEqual([second]);
});
