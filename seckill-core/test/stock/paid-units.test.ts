import { advance, correct, observe, recount, release, replay } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { describe, expect, test } from 'vitest';
import { stateOf } from './item-state.ts';
import { type ItemOnSale, moveOf, useStock } from './use-stock.ts';

const stock = useStock();

async function unpaidUnits(item: ItemOnSale): Promise<number | undefined> {
  const seen = await observe(item.redis, item.itemId, item.runId, { generation: '', length: 0 });
  if (!seen.known) throw new Error('The item is not known.');
  return seen.unpaid;
}

async function paidItem(): Promise<{ item: ItemOnSale; ann: ReturnType<typeof moveOf>; bob: ReturnType<typeof moveOf> }> {
  const item = await stock.putOnSale({ stock: 5, limitPerUser: 3 });
  const ann = moveOf(await item.buy('ann', 2));
  const bob = moveOf(await item.buy('bob', 3));
  await advance(item.redis, item.itemId, 'ORDERED', [ann, bob]);
  await advance(item.redis, item.itemId, 'PAID', [ann]);
  return { item, ann, bob };
}

describe('the units that are not paid', () => {
  test('fall with each payment, once', async () => {
    const { item, ann, bob } = await paidItem();
    expect(await unpaidUnits(item)).toBe(3);
    await advance(item.redis, item.itemId, 'PAID', [ann, bob, bob]);
    expect(await unpaidUnits(item)).toBe(0);
  });

  test('leave with the units that return, and stay as they are when a paid order is refunded', async () => {
    const { item, ann, bob } = await paidItem();
    await release(item.redis, item.itemId, 'CANCELLED', [bob]);
    expect(await unpaidUnits(item)).toBe(0);
    await release(item.redis, item.itemId, 'REFUNDED', [ann, bob]);
    await release(item.redis, item.itemId, 'REFUNDED', [ann, bob]);
    expect(await unpaidUnits(item)).toBe(0);
    expect(await stateOf(item)).toMatchObject({ live: 0, paid: 0 });
  });

  test('are right after a replay into an empty Redis, also if an order is paid before it', async () => {
    const { item, ann, bob } = await paidItem();
    await item.redis.del(...Object.values(itemKeys(item.itemId)));
    await advance(item.redis, item.itemId, 'PAID', [bob]);
    const orders = [
      { ...ann, status: 'PAID' as const },
      { ...bob, status: 'ORDERED' as const },
    ];
    await item.open(() => replay(item.redis, item.itemId, orders, { PAID: 'PAID', ORDERED: 'ORDERED' }));
    expect(await stateOf(item)).toMatchObject({ live: 5, paid: 5 });
    expect(await unpaidUnits(item)).toBe(0);
  });

  test('follow a correction', async () => {
    const { item, ann } = await paidItem();
    const { reservationId, ...record } = ann;
    const seen = (await stateOf(item)).reservations[reservationId] ?? { ...record, status: 'PAID' };
    expect(seen.status).toBe('PAID');
    await correct(item.redis, item.itemId, [{ reservationId, seen, wanted: { ...seen, status: 'ORDERED' } }]);
    expect(await unpaidUnits(item)).toBe(5);
  });

  test('are not known for an item that an earlier version opened, until they are counted', async () => {
    const { item, ann, bob } = await paidItem();
    await item.redis.hdel(itemKeys(item.itemId).item, 'paid');
    await advance(item.redis, item.itemId, 'PAID', [bob]);
    await release(item.redis, item.itemId, 'REFUNDED', [ann]);
    await item.open();
    expect(await unpaidUnits(item)).toBeUndefined();
    await recount(item.redis, item.itemId, { set: true });
    expect(await unpaidUnits(item)).toBe(0);
    expect(await stateOf(item)).toMatchObject({ live: 3, paid: 3 });
  });
});
