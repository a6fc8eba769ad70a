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
