import { advance, beginRebuild, newId, observe, openItem, release, reserve } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { describe, expect, test } from 'vitest';
import { stateOf } from './item-state.ts';
import { ItemOnSale, moveOf, settingsOf, useStock } from './use-stock.ts';

const stock = useStock();
const forget = ({ itemId }: { itemId: string }) => stock.redis.del(...Object.values(itemKeys(itemId)));

describe('no unit of an item is won while its stock is unknown:', () => {
  test('the item was never opened', async () => {
    const item = new ItemOnSale(stock.redis, stock.runId, settingsOf('abcdef'));
    expect(await reserve(stock.redis, item.itemId, stock.runId, [item.request('ann')])).toMatchObject({
      left: undefined,
      answers: [{ answer: 'STOCK_UNKNOWN' }],
    });
    expect(await stock.redis.exists(...Object.values(itemKeys(item.itemId)))).toBe(0);
  });

  test('Redis has lost the item, even for earlier winners', async () => {
    const item = await stock.putOnSale();
    const { reservationId, userId, quantity } = await item.buy('ann');
    await forget(item);
    expect(await item.reserve({ reservationId, userId, quantity })).toEqual([{ answer: 'STOCK_UNKNOWN' }]);
    expect(await item.change({ stock: 20 })).toBe('STOCK_UNKNOWN');
    expect(await observe(stock.redis, item.itemId, stock.runId, { generation: '', length: 0 })).toEqual({ known: false });
  });

  test('the connected Redis process is not the verified one', async () => {
    const item = await stock.putOnSale();
    const { answers } = await reserve(stock.redis, item.itemId, 'f'.repeat(40), [item.request('ann')]);
    expect(answers).toEqual([{ answer: 'STOCK_UNKNOWN' }]);
    expect(await observe(stock.redis, item.itemId, 'f'.repeat(40), { generation: '', length: 0 })).toEqual({ known: false });
    expect(await stateOf(item)).toMatchObject({ live: 0 });
  });

  test('the item is being rebuilt; earlier wins stay, and their winners get the same answer', async () => {
    const item = await stock.putOnSale();
    const { reservationId, userId, quantity } = await item.buy('ann');
    await beginRebuild(stock.redis, item.itemId, newId());
    expect((await item.buy('bob')).answer).toBe('STOCK_UNKNOWN');
    expect(await item.reserve({ reservationId, userId, quantity })).toMatchObject([{ answer: 'REPEATED' }]);
    expect(await stateOf(item)).toMatchObject({ live: 1 });
  });
});

test('Redis went back to an older copy of its data: closed to every caller, and sold again after a rebuild', async () => {
  const item = await stock.putOnSale({ stock: 2 });
  const { redis, runId } = stock;
  const tryToBuy = (userId: string, progressSeen: number) =>
    reserve(redis, item.itemId, runId, [item.request(userId)], { progressSeen });
  const { progress: before } = await tryToBuy('ann', 0);
  const keys = Object.values(itemKeys(item.itemId));
  const copy = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
  const { progress } = await tryToBuy('bob', before);
  expect(progress).toBeGreaterThan(before);

  for (const [i, key] of keys.entries()) if (copy[i]) await redis.restore(key, 0, copy[i], 'REPLACE');
  expect(await tryToBuy('cid', progress)).toMatchObject({ left: undefined, answers: [{ answer: 'STOCK_UNKNOWN' }] });
  expect((await tryToBuy('cid', 0)).answers).toEqual([{ answer: 'STOCK_UNKNOWN' }]);

  // Redis's clock may have been ahead when the newest progress was made.
  const ahead = progress + 60_000_000;
  await item.open();
  expect((await tryToBuy('cid', ahead)).answers).toEqual([{ answer: 'STOCK_UNKNOWN' }]);
  await item.open();
  await expect.poll(async () => (await tryToBuy('cid', ahead)).answers[0]?.answer).toBe('RESERVED');
  expect((await tryToBuy('dan', ahead)).answers).toEqual([{ answer: 'SOLD_OUT' }]);
});

describe('an item is not opened', () => {
  const item = (itemId: string) => new ItemOnSale(stock.redis, stock.runId, settingsOf(itemId));
  const open = ({ sale }: ItemOnSale, mark: string) =>
    openItem(stock.redis, { runId: stock.runId, mark, sale, item: sale.items[0] });

  test('with another mark than the rebuild began with', async () => {
    expect(await open(item('a00001'), newId())).toBe(false);
  });

  test('if Redis lost its data while the orders were replayed', async () => {
    const lost = item('a00002');
    const mark = newId();
    await beginRebuild(stock.redis, lost.itemId, mark);
    await advance(stock.redis, lost.itemId, 'ORDERED', [moveOf(lost.request('ann'))]);
    await forget(lost);
    await advance(stock.redis, lost.itemId, 'ORDERED', [moveOf(lost.request('bob'))]);
    expect(await open(lost, mark)).toBe(false);
    expect((await lost.buy('cid')).answer).toBe('STOCK_UNKNOWN');
  });

  test('by the first of two concurrent rebuilds: only the last one opens it, and only once', async () => {
    const both = item('a00003');
    const [first, last] = [newId(), newId()];
    await beginRebuild(stock.redis, both.itemId, first);
    await beginRebuild(stock.redis, both.itemId, last);
    expect(await open(both, first)).toBe(false);
    expect((await both.buy('ann')).answer).toBe('STOCK_UNKNOWN');
    expect(await open(both, last)).toBe(true);
    expect((await both.buy('ann')).answer).toBe('RESERVED');
    expect(await open(both, last)).toBe(false);
  });

  test('with older settings than Redis holds', async () => {
    const paused = await stock.putOnSale({ stock: 5 });
    const readBefore = paused.sale;
    await paused.change({ status: 'PAUSED', stock: 8 });
    paused.sale = readBefore;
    await paused.open();
    expect((await paused.buy('ann')).answer).toBe('SALE_PAUSED');
    expect(await stateOf(paused)).toMatchObject({ stock: 8 });
  });
});

describe('a rebuild', () => {
  test('of a lost item from its orders leaves the same units, buyers and winners', async () => {
    const item = await stock.putOnSale({ stock: 5 });
    const won = [await item.buy('ann'), await item.buy('bob'), await item.buy('cid')];
    const [ann, bob, cid] = won.map((each) => moveOf(each, 'reservedAt' in each ? each.reservedAt : 0));
    if (!ann || !bob || !cid) throw new Error('Three had won.');
    const replay = async () => {
      await advance(stock.redis, item.itemId, 'RESERVED', [ann]);
      await advance(stock.redis, item.itemId, 'PAID', [bob]);
      await release(stock.redis, item.itemId, 'CANCELLED', [cid]);
    };
    await replay();
    const before = await stateOf(item);
    await forget(item);
    expect(await item.open(replay)).toBe(true);
    const { reservations, buyers, live, left, won: marks } = await stateOf(item);
    expect({ reservations, buyers, live, left, marks: marks.toSorted() }).toEqual({
      reservations: before.reservations,
      buyers: before.buyers,
      live: 2,
      left: 3,
      marks: before.won.toSorted(),
    });
  });

  test('with more orders than stock makes no winners, and counts the excess units', async () => {
    const item = await stock.putOnSale({ stock: 1 });
    await item.open(() =>
      advance(
        stock.redis,
        item.itemId,
        'ORDERED',
        ['ann', 'bob'].map((user) => moveOf(item.request(user))),
      ),
    );
    expect((await item.buy('cid')).answer).toBe('SOLD_OUT');
    expect(await stateOf(item)).toMatchObject({ live: 2, left: -1 });
  });
});

test('settings: a version counts once, and a lower one never', async () => {
  const item = await stock.putOnSale({ stock: 5 });
  const old = item.sale;
  expect(await item.change({ stock: 7 })).toBe('CHANGED');
  const newest = item.sale;
  item.sale = { ...old, version: newest.version - 1 };
  expect(await item.change({ stock: 9 })).toBe('UNCHANGED');
  expect(await stateOf(item)).toMatchObject({ stock: 7 });
});
