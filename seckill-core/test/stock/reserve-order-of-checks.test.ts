import { beginRebuild, clearOutbox, newId, type ReserveAnswer, reserve } from 'seckill-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { stateOf } from './item-state.ts';
import { useSetClock } from './set-clock.ts';
import { type ItemOnSale, type ItemWanted, useStock } from './use-stock.ts';

const stock = useStock();
let setClock: (ms: number) => Promise<unknown>;
beforeAll(async () => {
  setClock = await useSetClock(stock.redis, BEGIN);
});

const BEGIN = 1_800_000_000_000;
const END = BEGIN + 60_000;
const sale = (wanted: ItemWanted = {}) => stock.putOnSale({ startsAt: BEGIN, endsAt: END, ...wanted });

/** Every refusal of an item, in the order in which it is decided: each is the answer even if all later ones apply too. */
const nos: { answer: ReserveAnswer['answer']; bring: (item: ItemOnSale) => Promise<unknown> }[] = [
  { answer: 'STOCK_UNKNOWN', bring: (item) => beginRebuild(item.redis, item.itemId, newId()) },
  { answer: 'SALE_ENDED', bring: (item) => item.change({ status: 'CLOSED' }) },
  { answer: 'SALE_PAUSED', bring: (item) => item.change({ status: 'PAUSED' }) },
  { answer: 'NOT_STARTED', bring: () => setClock(BEGIN - 1) },
  { answer: 'SOLD_OUT', bring: (item) => item.change({ stock: 1 }) },
  { answer: 'LIMIT_REACHED', bring: (item) => item.redis.hset(`seckill:{${item.itemId}}:buyers`, 'ann', 1) },
  {
    answer: 'USER_PAUSED',
    bring: async (item) => {
      await item.redis.hset(`seckill:{${item.itemId}}:pauses`, 'ann', `2|${BEGIN + 5_000}`);
      await item.redis.hset(`seckill:{${item.itemId}}:item`, 'pausedUntil', BEGIN + 5_000);
    },
  },
  {
    answer: 'RATE_LIMITED',
    bring: (item) => item.redis.hset(`seckill:{${item.itemId}}:item`, 'bucket', 999, 'bucketAt', 9e12),
  },
];

describe('a request that several checks refuse gets the answer of the first', () => {
  const told = nos.map(({ answer }) => answer);
  test(told.join(', '), async () => {
    const item = await sale({ stock: 10 });
    await setClock(BEGIN);
    expect(await item.buy('bob')).toMatchObject({ answer: 'RESERVED' });
    const answers: string[] = [];
    for (const { bring } of nos.toReversed()) {
      await bring(item);
      answers.unshift((await item.buy('ann')).answer);
    }
    expect(answers).toEqual(told);
  });
});

test('the limit comes before a full outbox', async () => {
  const item = await sale();
  await setClock(BEGIN);
  await item.buy('ann');
  const { answers } = await reserve(stock.redis, item.itemId, stock.runId, [item.request('ann'), item.request('bob')], {
    outboxLimit: 1,
  });
  expect(answers.map(({ answer }) => answer)).toEqual(['LIMIT_REACHED', 'OUTBOX_FULL']);
});

test('a winner gets the same answer again, even if every check would refuse by now', async () => {
  const item = await sale({ stock: 1 });
  await setClock(BEGIN);
  const { reservationId, userId, quantity } = await item.buy('ann');
  for (const { bring } of nos.toReversed()) {
    await bring(item);
    expect(await item.reserve({ reservationId, userId, quantity })).toEqual([
      { answer: 'REPEATED', status: 'RESERVED', reservedAt: BEGIN },
    ]);
  }
});

test("another user's reservation id is FOREIGN, and takes nothing", async () => {
  const item = await sale();
  await setClock(BEGIN);
  const request = item.request('ann');
  expect((await item.reserve(request, { ...request, userId: 'bob' })).map(({ answer }) => answer)).toEqual([
    'RESERVED',
    'FOREIGN',
  ]);
  expect(await item.reserve({ ...request, userId: 'bob' })).toEqual([{ answer: 'FOREIGN' }]);
  expect(await stateOf(item)).toMatchObject({ live: 1, buyers: { ann: 1 } });
});

describe('the outbox', () => {
  test('has a limit: beyond it no request wins, even within one batch, until a reservation is acknowledged', async () => {
    const item = await sale();
    await setClock(BEGIN);
    const buy = async (...users: string[]) => {
      const requests = users.map((user) => item.request(user));
      const { answers } = await reserve(stock.redis, item.itemId, stock.runId, requests, { outboxLimit: 2 });
      return answers.map(({ answer }) => answer);
    };
    expect(await buy('a', 'b', 'c')).toEqual(['RESERVED', 'RESERVED', 'OUTBOX_FULL']);
    expect(await buy('c')).toEqual(['OUTBOX_FULL']);
    const [oldest = ''] = (await stateOf(item)).outbox;
    await clearOutbox(stock.redis, item.itemId, [oldest]);
    expect(await buy('c', 'd')).toEqual(['RESERVED', 'OUTBOX_FULL']);
  });
});

describe("the window's edges", () => {
  const at = async (ms: number) => {
    const item = await sale();
    await setClock(ms);
    return item.buy('ann');
  };
  test('a millisecond before the start is not started, with that long to wait', async () => {
    expect(await at(BEGIN - 1)).toMatchObject({ answer: 'NOT_STARTED', retryAfterMs: 1 });
    expect(await at(BEGIN - 86_400_000)).toMatchObject({ answer: 'NOT_STARTED', retryAfterMs: 86_400_000 });
  });
  test('the start is inside', async () => expect(await at(BEGIN)).toMatchObject({ answer: 'RESERVED', reservedAt: BEGIN }));
  test('the last millisecond is inside', async () => expect(await at(END - 1)).toMatchObject({ answer: 'RESERVED' }));
  test('after the end a paused sale has ended too', async () => {
    const item = await sale();
    await item.change({ status: 'PAUSED' });
    await setClock(END);
    expect((await item.buy('ann')).answer).toBe('SALE_ENDED');
  });
  test('the end is outside', async () => expect(await at(END)).toMatchObject({ answer: 'SALE_ENDED' }));
});
