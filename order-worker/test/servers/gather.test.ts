import { deferred } from '@nats-io/transport-node';
import { Problem } from 'seckill-core';
import { expect, test } from 'vitest';
import { gather } from '../../src/servers/gather.ts';

/** A gathered call that doubles numbers and records its batches. The first batch waits for `open`. */
function doubling() {
  const batches: number[][] = [];
  const gate = deferred<void>();
  const double = gather(
    async (numbers: number[]) => {
      batches.push(numbers);
      await gate;
      return numbers.map((number) => (number < 0 ? new Problem('NOT_FOUND') : 2 * number));
    },
    { most: 3 },
  );
  return { batches, double, open: () => gate.resolve() };
}

test('calls that arrive together are one batch; those that arrive while it runs are the next', async () => {
  const { batches, double, open } = doubling();
  const first = [1, 2].map((number) => double(number));
  await new Promise(setImmediate);
  const second = [3, 4, 5, 6].map((number) => double(number));
  await new Promise(setImmediate);
  expect(batches).toEqual([[1, 2]]);
  open();
  expect(await Promise.all([...first, ...second])).toEqual([2, 4, 6, 8, 10, 12]);
  expect(batches).toEqual([[1, 2], [3, 4, 5], [6]]);
});

test('calls wait for company if they may, unless the batch is full', async () => {
  const batches: number[][] = [];
  const run = async (numbers: number[]) => {
    batches.push(numbers);
    return numbers;
  };
  const patient = gather(run, { most: 3, forMs: 50 });
  const calls = [patient(1)];
  await new Promise(setImmediate);
  calls.push(patient(2));
  await Promise.all(calls);
  expect(batches).toEqual([[1, 2]]);

  const endless = gather(run, { most: 3, forMs: 1_000_000 });
  expect(await Promise.all([3, 4, 5].map((number) => endless(number)))).toEqual([3, 4, 5]);
});

test('an Error among the results rejects that call alone', async () => {
  const { double, open } = doubling();
  open();
  const results = await Promise.allSettled([double(1), double(-1), double(3)]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a call whose caller has given up is not made', async () => {
  const { batches, double, open } = doubling();
  const first = double(1);
  await new Promise(setImmediate);
  const gone = double(2, performance.now());
  const third = double(3);
  open();
  await expect(gone).rejects.toThrow('The caller has given up.');
  expect(await Promise.all([first, third])).toEqual([2, 6]);
  expect(batches).toEqual([[1], [3]]);
});

test('a call that PostgreSQL refuses does not fail its neighbours', async () => {
  const echo = gather(async (texts: string[]) => {
    if (texts.includes('bad')) throw Object.assign(new Error('invalid byte sequence'), { code: '22021' });
    return texts;
  });
  const results = await Promise.allSettled([echo('a'), echo('bad'), echo('b')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('if a server is away, the batch fails as one', async () => {
  let tries = 0;
  const call = gather(async (_: number[]): Promise<number[]> => {
    tries += 1;
    throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  });
  const results = await Promise.allSettled([call(1), call(2), call(3)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(tries).toBe(1);
});
