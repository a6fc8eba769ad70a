import { advance, release } from 'seckill-core';
import { expect, test } from 'vitest';
import { stateOf } from './item-state.ts';
import { countOf, moveOf, useStock } from './use-stock.ts';

const stock = useStock();

test('a user wins up to the limit, counted in units, and others are not held back', async () => {
  const item = await stock.putOnSale({ stock: 100, limitPerUser: 3 });
  const answers = await item.reserve(
    item.request('ann', 2),
    item.request('ann', 2),
    item.request('ann', 1),
    item.request('ann', 1),
    item.request('bob', 3),
    item.request('cid', 4),
  );
  expect(answers.map(({ answer }) => answer)).toEqual([
    'RESERVED',
    'LIMIT_REACHED',
    'RESERVED',
    'LIMIT_REACHED',
    'RESERVED',
    'LIMIT_REACHED',
  ]);
  expect(await stateOf(item)).toMatchObject({ live: 6, buyers: { ann: 3, bob: 3 } });
});

test('a hundred attempts of one user at once win one unit', async () => {
  const item = await stock.putOnSale({ stock: 100 });
  const answers = await Promise.all(Array.from({ length: 100 }, () => item.buy('ann')));
  expect(countOf(answers, 'RESERVED')).toBe(1);
  expect(countOf(answers, 'LIMIT_REACHED')).toBe(99);
});

test('after a cancel the user may buy again, and wins a unit that exists', async () => {
  const item = await stock.putOnSale();
  const first = await item.buy('ann');
  expect((await item.buy('ann')).answer).toBe('LIMIT_REACHED');
  await release(item.redis, item.itemId, 'CANCELLED', [moveOf(first)]);
  const second = await item.buy('ann');
  expect(second.answer).toBe('RESERVED');
  expect(await stateOf(item)).toMatchObject({
    live: 1,
    buyers: { ann: 1 },
    reservations: { [first.reservationId]: { status: 'CANCELLED' }, [second.reservationId]: { status: 'RESERVED' } },
  });
});

test('a paid unit counts for ever', async () => {
  const item = await stock.putOnSale();
  await advance(item.redis, item.itemId, 'PAID', [moveOf(await item.buy('ann'))]);
  expect((await item.buy('ann')).answer).toBe('LIMIT_REACHED');
});
