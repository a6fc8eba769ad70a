import { observe, release, SOLD_OUT_LEASE_MS } from 'seckill-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { useSetClock } from './set-clock.ts';
import { moveOf, useStock } from './use-stock.ts';

const stock = useStock();
let setClock: (ms: number) => Promise<unknown>;
const NOW = 1_800_000_000_000;

beforeAll(async () => {
  setClock = await useSetClock(stock.redis, NOW);
});
beforeEach(() => setClock(NOW));

/** An item with two units, both taken. */
async function soldOut() {
  const item = await stock.putOnSale({ stock: 2 });
  const winners = [await item.buy('ann'), await item.buy('bob')];
  const cancel = (...which: number[]) =>
    release(
      item.redis,
      item.itemId,
      'CANCELLED',
      which.flatMap((index) => winners[index] ?? []).map((winner) => moveOf(winner)),
    );
  return { item, cancel };
}

describe('units that come back to a sold-out item', () => {
  test('can be won only once no gateway can believe "sold out" any more', async () => {
    const { item, cancel } = await soldOut();
    expect(await cancel(0)).toEqual({ units: 1, restocked: true });
    await setClock(NOW + SOLD_OUT_LEASE_MS - 1);
    expect((await item.buy('cid')).answer).toBe('SOLD_OUT');
    await setClock(NOW + SOLD_OUT_LEASE_MS);
    expect((await item.buy('cid')).answer).toBe('RESERVED');
  });

  test('are not winnable for a waiting room while they are held back', async () => {
    const { item, cancel } = await soldOut();
    await cancel(0);
    const look = () => observe(item.redis, item.itemId, item.runId, { generation: '', length: 0 });
    expect(await look()).toMatchObject({ left: 1, winnable: 0 });
    await setClock(NOW + SOLD_OUT_LEASE_MS);
    expect(await look()).toMatchObject({ left: 1, winnable: 1 });
  });

  test('are announced once; units that return while some are left are neither announced nor held back', async () => {
    const { item, cancel } = await soldOut();
    await cancel(0);
    await setClock(NOW + SOLD_OUT_LEASE_MS);
    expect(await cancel(1)).toEqual({ units: 1, restocked: false });
    expect((await item.buy('cid')).answer).toBe('RESERVED');
  });

  test('that are released again are not announced again', async () => {
    const { cancel } = await soldOut();
    await cancel(0);
    expect(await cancel(0)).toEqual({ units: 0, restocked: false });
  });

  test('are held back no longer than that if the clock goes back', async () => {
    const { item, cancel } = await soldOut();
    await cancel(0);
    await setClock(NOW - 600_000);
    expect((await item.buy('cid')).answer).toBe('SOLD_OUT');
    await setClock(NOW - 600_000 + SOLD_OUT_LEASE_MS);
    expect((await item.buy('cid')).answer).toBe('RESERVED');
  });

  test('through a rebuild are held back no longer than that if the clock goes back', async () => {
    const { item } = await soldOut();
    await item.change({ stock: 3 });
    await item.open();
    await setClock(NOW - 600_000);
    expect(await item.buy('cid')).toMatchObject({ answer: 'REOPENING', retryAfterMs: SOLD_OUT_LEASE_MS });
    await setClock(NOW - 600_000 + SOLD_OUT_LEASE_MS);
    expect((await item.buy('cid')).answer).toBe('RESERVED');
  });

  test('through more stock are held back for as long', async () => {
    const { item } = await soldOut();
    expect(await item.change({ stock: 3 })).toBe('CHANGED');
    expect((await item.buy('cid')).answer).toBe('SOLD_OUT');
    await setClock(NOW + SOLD_OUT_LEASE_MS);
    expect((await item.buy('cid')).answer).toBe('RESERVED');
  });

  test('through a rebuild are held back for as long: a request for one has to wait, and one for more than are left is sold out', async () => {
    const { item } = await soldOut();
    item.sale.items[0].stock = 3;
    await item.open();
    expect(await item.buy('cid')).toMatchObject({ answer: 'REOPENING', retryAfterMs: SOLD_OUT_LEASE_MS });
    expect((await item.buy('dan', 2)).answer).toBe('SOLD_OUT');
    await setClock(NOW + SOLD_OUT_LEASE_MS);
    expect((await item.buy('cid')).answer).toBe('RESERVED');
  });
});

test('an item that had no stock is held back for as long when it is rebuilt with some', async () => {
  const item = await stock.putOnSale({ stock: 0 });
  expect((await item.buy('ann')).answer).toBe('SOLD_OUT');
  item.sale.items[0].stock = 3;
  await item.open();
  expect((await item.buy('ann')).answer).toBe('REOPENING');
  await setClock(NOW + SOLD_OUT_LEASE_MS);
  expect((await item.buy('ann')).answer).toBe('RESERVED');
});

test('an item opened for the first time can be won at once', async () => {
  const item = await stock.putOnSale();
  expect((await item.buy('ann')).answer).toBe('RESERVED');
});

test('with more orders than stock, returned units cover those orders first', async () => {
  const { item, cancel } = await soldOut();
  await item.change({ stock: 1 });
  expect(await cancel(0)).toEqual({ units: 1, restocked: false });
  expect((await item.buy('cid')).answer).toBe('SOLD_OUT');
  expect(await cancel(1)).toEqual({ units: 1, restocked: true });
});
