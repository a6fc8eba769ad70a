import { reserve, SOLD_OUT_LEASE_MS } from 'seckill-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { useSetClock } from './set-clock.ts';
import { countOf, ItemOnSale, settingsOf, useStock } from './use-stock.ts';

const stock = useStock();
let setClock: (ms: number) => Promise<unknown>;
let buyer = 0;
const NOW = 1_800_000_000_000;

beforeAll(async () => {
  setClock = await useSetClock(stock.redis, NOW);
});
beforeEach(() => setClock(NOW));

const rush = async (item: ItemOnSale, count: number) =>
  item.reserve(...Array.from({ length: count }, () => item.request(`buyer-${buyer++}`)));

describe('the token bucket', () => {
  test('admits the burst and no more', async () => {
    const item = await stock.putOnSale({ stock: 1000, ratePerSecond: 10, burst: 25 });
    expect(countOf(await rush(item, 100), 'RESERVED')).toBe(25);
  });

  test('then admits exactly its rate, however the time is divided', async () => {
    const item = await stock.putOnSale({ stock: 1000, ratePerSecond: 30, burst: 2 });
    await rush(item, 5);
    let won = 0;
    for (let ms = 7; ms <= 3_000; ms += 7) {
      await setClock(NOW + ms);
      won += countOf(await rush(item, 2), 'RESERVED');
    }
    expect(won).toBe(89);
  });

  test('never holds more than the burst, however long no request comes', async () => {
    const item = await stock.putOnSale({ stock: 1000, ratePerSecond: 1000, burst: 5 });
    await rush(item, 5);
    await setClock(NOW + 3_600_000);
    expect(countOf(await rush(item, 100), 'RESERVED')).toBe(5);
  });

  test('returns how long to wait: a millisecond less is too early, that long is enough', async () => {
    const item = await stock.putOnSale({ stock: 1000, ratePerSecond: 3, burst: 1 });
    const [, limited] = await rush(item, 2);
    expect(limited).toEqual({ answer: 'RATE_LIMITED', retryAfterMs: 334 });
    await setClock(NOW + 333);
    expect(await rush(item, 1)).toEqual([{ answer: 'RATE_LIMITED', retryAfterMs: 1 }]);
    await setClock(NOW + 334);
    expect(await rush(item, 1)).toMatchObject([{ answer: 'RESERVED' }]);
  });

  test('is charged for winners alone: no other answer takes a token', async () => {
    const item = await stock.putOnSale({ stock: 3, ratePerSecond: 1, burst: 3 });
    const first = item.request('ann');
    const answers = await item.reserve(first, first, item.request('ann'), { ...first, userId: 'eve' }, item.request('bob', 2));
    expect(answers.map(({ answer }) => answer)).toEqual(['RESERVED', 'REPEATED', 'LIMIT_REACHED', 'FOREIGN', 'LIMIT_REACHED']);
    expect((await rush(item, 3)).map(({ answer }) => answer)).toEqual(['RESERVED', 'RESERVED', 'SOLD_OUT']);
  });

  test('that is empty is not the answer to a user who holds all that they may', async () => {
    const item = await stock.putOnSale({ stock: 10, ratePerSecond: 1, burst: 1 });
    const answers = await item.reserve(item.request('ann'), item.request('ann'), item.request('bob'));
    expect(answers.map(({ answer }) => answer)).toEqual(['RESERVED', 'LIMIT_REACHED', 'RATE_LIMITED']);
  });

  test('is not charged while the outbox is full', async () => {
    const item = await stock.putOnSale({ stock: 10, ratePerSecond: 1, burst: 2 });
    const buy = (outboxLimit: number) =>
      reserve(stock.redis, item.itemId, stock.runId, [item.request(`buyer-${buyer++}`)], { outboxLimit });
    const answers = [await buy(1), await buy(1), await buy(1), await buy(2), await buy(3)].flatMap((each) => each.answers);
    expect(answers.map(({ answer }) => answer)).toEqual(['RESERVED', 'OUTBOX_FULL', 'OUTBOX_FULL', 'RESERVED', 'RATE_LIMITED']);
  });

  test('is not filled by a rebuild: there is no second burst', async () => {
    const item = await stock.putOnSale({ stock: 1000, ratePerSecond: 1, burst: 5 });
    await rush(item, 4);
    await item.open();
    await setClock(NOW + SOLD_OUT_LEASE_MS);
    expect((await rush(item, 3)).map(({ answer }) => answer)).toEqual(['RESERVED', 'RATE_LIMITED', 'RATE_LIMITED']);
  });

  test('a clock that goes back adds and removes no tokens', async () => {
    const item = await stock.putOnSale({ stock: 1000, ratePerSecond: 1000, burst: 10 });
    await rush(item, 6);
    await setClock(NOW - 60_000);
    expect(countOf(await rush(item, 10), 'RESERVED')).toBe(4);
  });

  test('that is empty when the clock goes back is refilled in its own time', async () => {
    const item = await stock.putOnSale({ stock: 1000, ratePerSecond: 4, burst: 1 });
    await rush(item, 1);
    await setClock(NOW - 600_000);
    expect(await rush(item, 1)).toEqual([{ answer: 'RATE_LIMITED', retryAfterMs: 250 }]);
    await setClock(NOW - 600_000 + 249);
    expect(await rush(item, 1)).toEqual([{ answer: 'RATE_LIMITED', retryAfterMs: 1 }]);
    await setClock(NOW - 600_000 + 250);
    expect(await rush(item, 1)).toMatchObject([{ answer: 'RESERVED' }]);
  });
});

test("on Redis's real clock, exactly as many win as the rate allows", async () => {
  const real = stock.redis.duplicate();
  // Nine seconds fill it: no other request may come during that time.
  const item = new ItemOnSale(real, stock.runId, settingsOf('c10cc0', { stock: 10_000, ratePerSecond: 20, burst: 190 }));
  await item.open();
  const rushNow = (count: number) =>
    reserve(
      real,
      item.itemId,
      stock.runId,
      Array.from({ length: count }, () => item.request(`buyer-${buyer++}`)),
    );
  const { now: begin, answers } = await rushNow(200); // the bucket is empty from here on
  expect(countOf(answers, 'RESERVED')).toBe(190);
  let now = begin;
  let won = 0;
  while (now - begin < 500) {
    const rush = await rushNow(200);
    now = rush.now;
    won += countOf(rush.answers, 'RESERVED');
  }
  expect(won).toBe(Math.floor((now - begin) / 50));
  real.disconnect();
});
