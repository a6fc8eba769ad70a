import { newReservationId } from 'seckill-core';
import { expect, test } from 'vitest';
import { Visitors } from '../../src/catalogue/visitors.ts';

const ITEM = 0x2a;
const token = () => newReservationId('00002a');

/** Tries every `everyMs` from 1000 ms on, whatever the answer. Returns each wait. */
function hammer(visitors: Visitors, tries: number, everyMs: number): number[] {
  return Array.from({ length: tries }, (_, i) => {
    const now = 1_000 + i * everyMs;
    const visitor = visitors.find('ann', ITEM);
    const earlyMs = visitors.returnAt(visitor) - now;
    return earlyMs > 0 ? Math.max(earlyMs, visitors.countEarly(visitor, now)) : visitors.countTry(visitor, token(), now);
  });
}

test('a user may try twenty times at once, and then five times a second for ever', () => {
  const visitors = new Visitors();
  expect(hammer(visitors, 21, 0)).toEqual([...Array(20).fill(0), 400]);
  expect(hammer(new Visitors(), 1_000, 200).every((waitMs) => waitMs === 0)).toBe(true);
});

test('the wait grows while a user hammers, to ten seconds, and it is enough', () => {
  const visitors = new Visitors();
  const waits = hammer(visitors, 300, 7);
  expect(waits.at(-1)).toBeCloseTo(10_000);
  const later = 1_000 + 299 * 7 + (waits.at(-1) ?? 0);
  expect(visitors.countTry(visitors.find('ann', ITEM), token(), later)).toBe(0);
});

test('the wait that a user gets is enough, to the millisecond', () => {
  const visitors = new Visitors();
  const visitor = visitors.find('ann', ITEM);
  for (let i = 0; i < 20; i += 1) expect(visitors.countTry(visitor, token(), 1_000)).toBe(0);
  const waitMs = visitors.countTry(visitor, token(), 1_000);
  expect(visitors.countTry(visitor, token(), 1_000 + waitMs)).toBe(0);
});

test('users and items do not share tries', () => {
  const visitors = new Visitors();
  hammer(visitors, 100, 1);
  expect(visitors.countTry(visitors.find('bob', ITEM), token(), 1_100)).toBe(0);
  expect(visitors.countTry(visitors.find('ann', ITEM + 1), token(), 1_100)).toBe(0);
});

test('the same token again, while it may be on its way to Redis, is not counted', () => {
  const visitors = new Visitors();
  const visitor = visitors.find('ann', ITEM);
  const same = token();
  expect(Array.from({ length: 100 }, (_, i) => visitors.countTry(visitor, same, 1_000 + i / 2))).toEqual(Array(100).fill(0));
  expect(Array.from({ length: 19 }, () => visitors.countTry(visitor, token(), 1_050))).toEqual(Array(19).fill(0));
  expect(visitors.countTry(visitor, token(), 1_050)).toBeGreaterThan(0);
});

test('twenty purchase tokens at once, then one in five seconds', () => {
  const visitors = new Visitors();
  const visitor = visitors.find('ann', ITEM);
  for (let i = 0; i < 20; i += 1) expect(visitors.countToken(visitor, 1_000)).toBe(0);
  expect(visitors.countToken(visitor, 1_000)).toBe(5_000);
  expect(visitors.countToken(visitor, 3_000)).toBe(3_000);
  expect(visitors.countToken(visitor, 6_000)).toBe(0);
  expect(visitors.countToken(visitor, 6_001)).toBe(4_999);
});

test('a hundred thousand waiting users are remembered, nearly all; a full memory forgets those whose time has come', () => {
  const visitors = new Visitors();
  const users = Array.from({ length: 100_000 }, (_, i) => `user-${i}`);
  for (const user of users) visitors.askToReturn(visitors.find(user, ITEM), 31_000, true);
  const known = users.filter((user) => visitors.returnAt(visitors.find(user, ITEM)) === 31_000);
  expect(known.length).toBeGreaterThan(80_000);
});
