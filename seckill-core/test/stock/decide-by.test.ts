import { reserve } from 'seckill-core';
import { expect, test } from 'vitest';
import { useStock } from './use-stock.ts';

const stock = useStock();

test('a delayed call makes no winner, and takes nothing', async () => {
  const item = await stock.putOnSale({ stock: 5 });
  const late = await reserve(stock.redis, item.itemId, stock.runId, [item.request('ann')], { decideBy: 1 });
  expect(late.answers).toEqual([{ answer: 'TOO_LATE' }]);
  expect(late.left).toBe(5);
});

test('an earlier winner gets the answer however late the call is', async () => {
  const item = await stock.putOnSale({ stock: 5 });
  const request = item.request('ann');
  await item.reserve(request);
  const { answers } = await reserve(stock.redis, item.itemId, stock.runId, [request], { decideBy: 1 });
  expect(answers[0]?.answer).toBe('REPEATED');
});

test('a call that is in time decides', async () => {
  const item = await stock.putOnSale({ stock: 5 });
  const { answers } = await reserve(stock.redis, item.itemId, stock.runId, [item.request('ann')], {
    decideBy: Date.now() + 60_000,
  });
  expect(answers[0]?.answer).toBe('RESERVED');
});
