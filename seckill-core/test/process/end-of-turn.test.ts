import { atEndOfTurn } from 'seckill-core';
import { expect, test } from 'vitest';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('work runs in order, after everything else of its turn', async () => {
  const ran: string[] = [];
  atEndOfTurn(() => ran.push('first'));
  process.nextTick(() => {
    ran.push('read');
    atEndOfTurn(() => ran.push('second'));
  });
  expect(ran).toEqual([]);
  await turn();
  expect(ran).toEqual(['read', 'first', 'second']);
});

test('work that is added while other work runs waits for the next turn', async () => {
  const ran: string[] = [];
  atEndOfTurn(() => {
    ran.push('first');
    atEndOfTurn(() => ran.push('second'));
  });
  await turn();
  expect(ran).toEqual(['first']);
  await turn();
  expect(ran).toEqual(['first', 'second']);
});

test('in a turn with very much work, the first of it does not wait for the last', async () => {
  const ran: number[] = [];
  for (let i = 0; i < 1_000; i += 1) atEndOfTurn(() => ran.push(i));
  expect(ran.length).toBeGreaterThan(500);
  await turn();
  expect(ran).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
});
