import { SALE_COMMANDS, type SaleState, type SaleStatus, saleStateAt } from 'seckill-core';
import { describe, expect, test } from 'vitest';

const [BEGIN, END] = [1_000, 2_000];
const at = (status: SaleStatus, now: number) => saleStateAt({ status, startsAt: BEGIN, endsAt: END }, now);
const MOMENTS = {
  'long before': 0,
  'just before': BEGIN - 1,
  'at the start': BEGIN,
  'at the last': END - 1,
  'at the end': END,
  'long after': 1e13,
};

describe('what a buyer sees of a sale', () => {
  test.each<[SaleStatus, SaleState[]]>([
    ['DRAFT', ['DRAFT', 'DRAFT', 'DRAFT', 'DRAFT', 'DRAFT', 'DRAFT']],
    ['PUBLISHED', ['UPCOMING', 'UPCOMING', 'LIVE', 'LIVE', 'ENDED', 'ENDED']],
    ['PAUSED', ['PAUSED', 'PAUSED', 'PAUSED', 'PAUSED', 'ENDED', 'ENDED']],
    ['CLOSED', ['ENDED', 'ENDED', 'ENDED', 'ENDED', 'ENDED', 'ENDED']],
  ])('that is %s, before, at and after the edges of its window', (status, states) => {
    expect(Object.values(MOMENTS).map((now) => at(status, now))).toEqual(states);
  });
});

test('an operator publishes a draft, then pauses and resumes it; closing is final', () => {
  const may = (status: SaleStatus) =>
    Object.entries(SALE_COMMANDS).filter(([, { from }]) => (from as readonly string[]).includes(status));
  expect(may('DRAFT').map(([command]) => command)).toEqual(['publish']);
  expect(may('PUBLISHED').map(([command]) => command)).toEqual(['pause', 'close']);
  expect(may('PAUSED').map(([command]) => command)).toEqual(['resume', 'close']);
  expect(may('CLOSED')).toEqual([]);
});
