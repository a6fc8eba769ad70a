import { newReservationId, RESERVE_BATCH_LIMIT } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { stateOf } from './item-state.ts';
import { countOf, useStock } from './use-stock.ts';

const stock = useStock();
const buyers = (count: number) => Array.from({ length: count }, (_, index) => `buyer-${index}`);

describe('500 buyers, 10 units: exactly 10 win', () => {
  test('each in a separate call, all at once', async () => {
    const item = await stock.putOnSale({ stock: 10 });
    const answers = await Promise.all(buyers(500).map((buyer) => item.buy(buyer)));
    expect(countOf(answers, 'RESERVED')).toBe(10);
    expect(countOf(answers, 'SOLD_OUT')).toBe(490);
    expect(await stateOf(item)).toMatchObject({ live: 10, left: 0, outbox: { length: 10 } });
  });

  test('in batches, with the stock ending in the middle of one', async () => {
    const item = await stock.putOnSale({ stock: 110 });
    const requests = buyers(500).map((buyer) => item.request(buyer));
    const batches = [0, 1, 2, 3, 4].map((at) => item.reserve(...requests.slice(at * 100, at * 100 + 100)));
    const answers = (await Promise.all(batches)).flat();
    expect(answers.slice(0, 110).every(({ answer }) => answer === 'RESERVED')).toBe(true);
    expect(countOf(answers, 'SOLD_OUT')).toBe(390);
  });
});

describe('the same token a hundred times takes one unit', () => {
  test('in one batch', async () => {
    const item = await stock.putOnSale();
    const request = item.request('ann');
    const [first, ...others] = await item.reserve(...Array.from({ length: 100 }, () => request));
    expect(first?.answer).toBe('RESERVED');
    expect(others).toEqual(
      others.map(() => ({
        answer: 'REPEATED',
        status: 'RESERVED',
        reservedAt: first && 'reservedAt' in first && first.reservedAt,
      })),
    );
    expect(await stateOf(item)).toMatchObject({ live: 1, buyers: { ann: 1 } });
  });

  test('in separate calls, and the time of the win stays the same', async () => {
    const item = await stock.putOnSale();
    const request = item.request('ann');
    const answers = (await Promise.all(Array.from({ length: 100 }, () => item.reserve(request)))).flat();
    expect(countOf(answers, 'RESERVED')).toBe(1);
    expect(countOf(answers, 'REPEATED')).toBe(99);
    expect(new Set(answers.map((answer) => ('reservedAt' in answer ? answer.reservedAt : 'none'))).size).toBe(1);
    expect(await stateOf(item)).toMatchObject({ live: 1, left: 9 });
  });
});

describe('quantities', () => {
  test('a request for more units than are left is sold out, and a smaller one still wins', async () => {
    const item = await stock.putOnSale({ stock: 5, limitPerUser: 10 });
    const answers = await item.reserve(
      item.request('ann', 3),
      item.request('bob', 3),
      item.request('cid', 2),
      item.request('dan', 1),
    );
    expect(answers.map(({ answer }) => answer)).toEqual(['RESERVED', 'SOLD_OUT', 'RESERVED', 'SOLD_OUT']);
    expect(await stateOf(item)).toMatchObject({ live: 5, left: 0, buyers: { ann: 3, cid: 2 } });
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    '%s units are refused before Redis is asked',
    async (quantity) => {
      const item = await stock.putOnSale();
      await expect(item.reserve(item.request('ann'), item.request('bob', quantity))).rejects.toThrow(RangeError);
      expect(await stateOf(item)).toMatchObject({ live: 0, reservations: {} });
    },
  );
});

describe('reserve refuses input that no correct caller sends:', () => {
  test('a reservation of another item', async () => {
    const item = await stock.putOnSale();
    const other = { ...item.request('ann'), reservationId: newReservationId('ffffff') };
    await expect(item.reserve(other)).rejects.toThrow('is not of item');
  });

  test('a user id with a NUL in it', async () => {
    const item = await stock.putOnSale();
    await expect(item.reserve(item.request('ann\u0000'))).rejects.toThrow('is not a user id');
  });

  test('no request at all, or too many for one script', async () => {
    const item = await stock.putOnSale();
    await expect(item.reserve()).rejects.toThrow(RangeError);
    const many = Array.from({ length: RESERVE_BATCH_LIMIT + 1 }, () => item.request('ann'));
    await expect(item.reserve(...many)).rejects.toThrow(RangeError);
    expect(await item.reserve(...many.slice(1))).toHaveLength(RESERVE_BATCH_LIMIT);
  });
});

test('two items do not affect each other', async () => {
  const [one, two] = [await stock.putOnSale({ stock: 1 }), await stock.putOnSale({ stock: 1 })];
  const answers = [await one.buy('ann'), await two.buy('ann'), await one.buy('bob'), await two.buy('bob')];
  expect(answers.map(({ answer }) => answer)).toEqual(['RESERVED', 'RESERVED', 'SOLD_OUT', 'SOLD_OUT']);
});
