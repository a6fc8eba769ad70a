import { advance, beginRebuild, newId, openItem, release } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { describe, expect, test } from 'vitest';
import { stateOf } from './item-state.ts';
import { type ItemOnSale, moveOf, useStock } from './use-stock.ts';

const stock = useStock();

/** Of four units, ann and bob hold one each, and cal has returned one. */
async function soldInPart() {
  const item = await stock.putOnSale({ stock: 4 });
  const [ann, bob, cal] = [await item.buy('ann'), await item.buy('bob'), await item.buy('cal')].map((won) => moveOf(won));
  if (ann === undefined || bob === undefined || cal === undefined) throw new Error('Three buyers have won.');
  await release(item.redis, item.itemId, 'CANCELLED', [cal]);
  return { item, ann, bob, cal };
}
type Sold = Awaited<ReturnType<typeof soldInPart>>;

const rebuild = ({ item, ann, bob, cal }: Sold) =>
  item.open(async () => {
    await advance(item.redis, item.itemId, 'ORDERED', [ann, bob]);
    await release(item.redis, item.itemId, 'CANCELLED', [cal]);
  });

async function expectTwoLeft({ item, ann }: Sold): Promise<void> {
  expect(await stateOf(item)).toMatchObject({ live: 2, left: 2, buyers: { ann: 1, bob: 1 } });
  const { reservationId, userId, quantity } = ann;
  expect(await item.reserve({ reservationId, userId, quantity })).toMatchObject([{ answer: 'REPEATED' }]);
  // A rebuilt item reopens when no gateway can still believe "sold out".
  await expect.poll(async () => (await item.buy('ann')).answer).toBe('LIMIT_REACHED');
  expect(await item.redis.strlen(itemKeys(item.itemId).won)).toBe(18);
}

const losing = (item: ItemOnSale, part: 'item' | 'reservations' | 'buyers' | 'won') =>
  item.redis.unlink(itemKeys(item.itemId)[part]);

describe.each(['item', 'reservations', 'buyers', 'won'] as const)('an item that has lost its key "%s"', (part) => {
  test('is closed by the next request, and right again after a rebuild', async () => {
    const sold = await soldInPart();
    await losing(sold.item, part);
    expect((await sold.item.buy('dan')).answer).toBe('STOCK_UNKNOWN');
    expect(await rebuild(sold)).toBe(true);
    await expectTwoLeft(sold);
  });

  test('is closed if a move comes first, and right again after a rebuild', async () => {
    const sold = await soldInPart();
    const { item, ann, bob } = sold;
    await losing(item, part);
    await advance(item.redis, item.itemId, 'ORDERED', [ann]);
    await advance(item.redis, item.itemId, 'PAID', [bob]);
    expect((await item.buy('dan')).answer).toBe('STOCK_UNKNOWN');
    expect(await rebuild(sold)).toBe(true);
    await expectTwoLeft(sold);
  });
});

test('a rebuild during which a part is lost does not open the item; the next one does', async () => {
  const sold = await soldInPart();
  const { item, ann } = sold;
  const mark = newId();
  await beginRebuild(item.redis, item.itemId, mark);
  await losing(item, 'won');
  await advance(item.redis, item.itemId, 'ORDERED', [ann]);
  expect(await openItem(item.redis, { runId: stock.runId, mark, sale: item.sale, item: item.sale.items[0] })).toBe(false);
  expect(await rebuild(sold)).toBe(true);
  await expectTwoLeft(sold);
});
