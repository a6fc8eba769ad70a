import { correct, type ReservationRecord, readReservation, recount, release, SOLD_OUT_LEASE_MS } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stateOf } from './item-state.ts';
import { useSetClock } from './set-clock.ts';
import { moveOf, useStock } from './use-stock.ts';

const stock = useStock();
let setClock: (ms: number) => Promise<unknown>;
const NOW = 1_800_000_000_000;
beforeAll(async () => {
  setClock = await useSetClock(stock.redis, NOW);
});
beforeEach(() => setClock(NOW));

describe('sums that another program has overwritten', () => {
  test('are reported by a recount that changes nothing, and corrected once', async () => {
    const item = await stock.putOnSale({ stock: 5, limitPerUser: 3 });
    await item.buy('ann', 2);
    await item.buy('bob');
    const { item: hash, buyers } = itemKeys(item.itemId);
    await item.redis.hset(hash, 'live', 5);
    await item.redis.hset(buyers, { ann: 1, nobody: 4 });
    await item.redis.hdel(buyers, 'bob');

    const look = { live: 5, held: 3, usersDiffering: 3, restocked: false };
    expect(await recount(item.redis, item.itemId, { set: false })).toEqual(look);
    expect(await recount(item.redis, item.itemId, { set: true })).toEqual({ ...look, restocked: true });
    expect(await stateOf(item)).toMatchObject({ live: 3, left: 2, buyers: { ann: 2, bob: 1 } });
    const nothing = { live: 3, held: 3, usersDiffering: 0, restocked: false };
    expect(await recount(item.redis, item.itemId, { set: true })).toEqual(nothing);
  });

  test.each(['a|1|2|3', '|', '|1|2|3', '42', '1|1700000000000', 'José\n', 'x'.repeat(255), '1|'.repeat(127)])(
    'belong to the user %j, whatever the id holds',
    async (userId) => {
      const item = await stock.putOnSale({ stock: 5, limitPerUser: 3 });
      await item.buy(userId, 2);
      const right = { live: 2, held: 2, usersDiffering: 0, restocked: false };
      expect(await recount(item.redis, item.itemId, { set: false })).toEqual(right);
    },
  );

  test('let no returned unit be won while gateways may still answer "sold out"', async () => {
    const item = await stock.putOnSale({ stock: 1 });
    await item.redis.hset(itemKeys(item.itemId).item, 'live', 1);
    await recount(item.redis, item.itemId, { set: true });
    expect((await stateOf(item)).heldUntil).toBe(NOW + SOLD_OUT_LEASE_MS);
    await setClock(NOW + SOLD_OUT_LEASE_MS - 1);
    expect((await item.buy('ann')).answer).toBe('SOLD_OUT');
    await setClock(NOW + SOLD_OUT_LEASE_MS);
    expect((await item.buy('ann')).answer).toBe('RESERVED');
  });

  test('stay right while buyers win and units return', async () => {
    const item = await stock.putOnSale({ stock: 1_000 });
    const buying = Array.from({ length: 300 }, async (_, i) => {
      const won = await item.buy(`user-${i}`);
      if (i % 3 === 0) await release(item.redis, item.itemId, 'CANCELLED', [moveOf(won)]);
    });
    const counting = Array.from({ length: 50 }, () => recount(item.redis, item.itemId, { set: true }));
    const counts = await Promise.all(counting);
    await Promise.all(buying);
    expect(counts.every(({ live, held, usersDiffering }) => live === held && usersDiffering === 0)).toBe(true);
    expect((await stateOf(item)).live).toBe(200);
  });
});

describe('a reservation that differs between Redis and PostgreSQL', () => {
  const written = async (status: ReservationRecord['status'], limitPerUser = 2) => {
    const item = await stock.putOnSale({ stock: 2, limitPerUser });
    const { reservationId } = await item.buy('ann');
    const record = await readReservation(item.redis, reservationId);
    if (record === undefined) throw new Error('It was won.');
    const seen = { ...record, status };
    if (status === 'CANCELLED') await release(item.redis, item.itemId, 'CANCELLED', [{ ...record, reservationId }]);
    return { item, reservationId, seen };
  };

  test('is written with its units even if no legal move leads there', async () => {
    const { item, reservationId, seen } = await written('CANCELLED');
    const wanted = { ...seen, status: 'ORDERED', payBy: 9_000 } as const;
    expect((await correct(item.redis, item.itemId, [{ reservationId, seen, wanted }])).reservationIds).toEqual([reservationId]);
    expect(await stateOf(item)).toMatchObject({
      live: 1,
      buyers: { ann: 1 },
      outbox: [],
      reservations: { [reservationId]: wanted },
    });
    expect((await correct(item.redis, item.itemId, [{ reservationId, seen, wanted }])).reservationIds).toEqual([]);
    expect(await stateOf(item)).toMatchObject({ live: 1 });
  });

  test('is written even if it holds other units, or those of another user', async () => {
    const { item, reservationId, seen } = await written('RESERVED');
    const wanted = { ...seen, status: 'PAID', userId: 'bob', quantity: 2 } as const;
    await correct(item.redis, item.itemId, [{ reservationId, seen, wanted }]);
    expect(await stateOf(item)).toMatchObject({ live: 2, left: 0, buyers: { bob: 2 }, outbox: [] });
    const back = await correct(item.redis, item.itemId, [
      { reservationId, seen: wanted, wanted: { ...wanted, status: 'REFUNDED' } },
    ]);
    expect(back.restocked).toBe(true);
    expect(await stateOf(item)).toMatchObject({ live: 0, buyers: {} });
  });

  test('stays unchanged if it has moved since it was read', async () => {
    const { item, reservationId, seen } = await written('RESERVED');
    await release(item.redis, item.itemId, 'REJECTED', [{ ...seen, reservationId }]);
    const wanted = { ...seen, status: 'PAID' } as const;
    expect((await correct(item.redis, item.itemId, [{ reservationId, seen, wanted }])).reservationIds).toEqual([]);
    expect(await stateOf(item)).toMatchObject({ live: 0 });
  });
});
