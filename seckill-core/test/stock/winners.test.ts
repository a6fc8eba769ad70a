import { advance, fingerprintOf, type Observation, observe, release, type WinnersRead } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { type ItemOnSale, moveOf, useStock } from './use-stock.ts';

const stock = useStock();
const NOTHING: WinnersRead = { generation: '', length: 0 };

async function look(item: ItemOnSale, read: WinnersRead = NOTHING): Promise<Extract<Observation, { known: true }>> {
  const seen = await observe(stock.redis, item.itemId, stock.runId, read);
  if (!seen.known) throw new Error('The item is not known.');
  return seen;
}

test('the units left and the state are those that reserve decides by', async () => {
  const item = await stock.putOnSale({ stock: 2 });
  await item.buy('ann');
  expect(await look(item)).toMatchObject({ left: 1, state: 'OPEN' });
  await item.change({ status: 'PAUSED', stock: 0 });
  expect(await look(item)).toMatchObject({ left: 0, state: 'PAUSED' });
  await item.change({ status: 'CLOSED' });
  expect(await look(item)).toMatchObject({ left: 0, state: 'CLOSED' });
});

describe('a gateway that reads the winners once an item is sold out', () => {
  test('has all of them', async () => {
    const item = await stock.putOnSale({ stock: 300 });
    const requests = Array.from({ length: 400 }, (_, index) => item.request(`buyer-${index}`));
    await Promise.all([item.reserve(...requests.slice(0, 200)), item.reserve(...requests.slice(200))]);
    const seen = await look(item);
    expect(seen).toMatchObject({ left: 0, complete: true, restarted: true });
    expect(seen.fingerprints).toEqual(requests.slice(0, 300).map(({ reservationId }) => fingerprintOf(reservationId)));
  });

  test('continues after the last winner it has read', async () => {
    const item = await stock.putOnSale({ stock: 3 });
    const ann = await item.buy('ann');
    const first = await look(item);
    expect(first.fingerprints).toEqual([fingerprintOf(ann.reservationId)]);
    const [bob, cid] = [await item.buy('bob'), await item.buy('cid')];
    const second = await look(item, first.read);
    expect(second).toMatchObject({ left: 0, restarted: false, complete: true });
    expect(second.fingerprints).toEqual([bob, cid].map(({ reservationId }) => fingerprintOf(reservationId)));
    expect(await look(item, second.read)).toMatchObject({
      fingerprints: [],
      complete: true,
      restarted: false,
      read: second.read,
    });
  });

  test('also learns of winners that Redis had lost and an order names, cancelled ones included', async () => {
    const item = await stock.putOnSale({ stock: 1 });
    const { read } = await look(item);
    const [ann, bob] = [moveOf(item.request('ann')), moveOf(item.request('bob'))];
    await advance(stock.redis, item.itemId, 'ORDERED', [ann]);
    await release(stock.redis, item.itemId, 'CANCELLED', [bob]);
    const { fingerprints } = await look(item, read);
    expect(fingerprints).toEqual([ann, bob].map(({ reservationId }) => fingerprintOf(reservationId)));
  });

  test('starts over after a rebuild, because the order of winners may have changed', async () => {
    const item = await stock.putOnSale({ stock: 2 });
    const winners = [await item.buy('ann'), await item.buy('bob')];
    const before = await look(item);
    await stock.redis.del(...[`reservations`, `buyers`, `won`, `item`].map((key) => `seckill:{${item.itemId}}:${key}`));
    const replayed = winners.toReversed().map((winner) => moveOf(winner));
    await item.open(() => advance(stock.redis, item.itemId, 'ORDERED', replayed));
    const after = await look(item, before.read);
    expect(after).toMatchObject({ restarted: true, complete: true, left: 0 });
    expect(after.fingerprints).toEqual(replayed.map(({ reservationId }) => fingerprintOf(reservationId)));
    expect(after.read.generation).not.toBe(before.read.generation);
  });
});

test('more winners than one reply holds come in portions, and the last one is marked complete', async () => {
  const item = await stock.putOnSale({ stock: 1 });
  await stock.redis.set(`seckill:{${item.itemId}}:won`, '00002a'.repeat(50_001));
  const first = await look(item);
  expect(first).toMatchObject({ complete: false });
  expect(first.fingerprints).toHaveLength(50_000);
  const last = await look(item, first.read);
  expect(last).toMatchObject({ complete: true, restarted: false, fingerprints: [42] });
});
