import { inOneWrite, outboxSizes } from 'seckill-core';
import { expect, test, vi } from 'vitest';
import { useStock } from './use-stock.ts';

const stock = useStock();

test('commands issued together leave in one write, and each gets its answer', async () => {
  const { redis } = stock;
  const write = vi.spyOn(redis.stream, '_write');
  const writeTogether = vi.spyOn(redis.stream, '_writev' as '_write');
  const answers = await Promise.all(inOneWrite(redis, () => ['a', 'b', 'c'].map((text) => redis.echo(text))));
  expect(answers).toEqual(['a', 'b', 'c']);
  expect(write.mock.calls.length + writeTogether.mock.calls.length).toBe(1);
  vi.restoreAllMocks();
});

test('a failure while they are issued leaves nothing behind in this process', async () => {
  const { redis } = stock;
  expect(() =>
    inOneWrite(redis, () => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(await redis.ping()).toBe('PONG');
});

test('the outboxes of many items are counted at once, in the order of the items', async () => {
  const [one, two, none] = [await stock.putOnSale(), await stock.putOnSale(), await stock.putOnSale()];
  await one.buy('ann');
  await two.buy('ann');
  await two.buy('bob');
  expect(await outboxSizes(stock.redis, [none.itemId, two.itemId, one.itemId])).toEqual([0, 2, 1]);
});
