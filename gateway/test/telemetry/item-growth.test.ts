import { expect, test } from 'vitest';
import { noAnswers } from '../../src/catalogue/item-answers.ts';
import { ItemGrowth } from '../../src/telemetry/item-growth.ts';

const items = [
  { itemId: '000001', answers: noAnswers() },
  { itemId: '000002', answers: noAnswers() },
] as const;

test('only items whose answers have grown are named, with what they have grown by', () => {
  const growth = new ItemGrowth();
  items[0].answers.RESERVED = 5;
  expect(growth.take(items, true)).toEqual({});
  expect(growth.take(items, false)).toEqual({});
  items[0].answers.RESERVED += 2;
  items[1].answers.SOLD_OUT += 1;
  expect(growth.take(items, false)).toEqual({ '000001': { RESERVED: 2 }, '000002': { SOLD_OUT: 1 } });
  expect(growth.take(items, false)).toEqual({});
});

test('what was counted while no pulse was sent is no growth', () => {
  const growth = new ItemGrowth();
  growth.take(items, true);
  items[1].answers.TOKENS += 1_000;
  expect(growth.take(items, true)).toEqual({});
  items[1].answers.TOKENS += 1;
  expect(growth.take(items, false)).toEqual({ '000002': { TOKENS: 1 } });
});
