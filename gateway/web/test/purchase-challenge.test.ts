import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Challenge } from '../storefront/challenge/solve-challenge.ts';
import { buyer, no, open, pass, START } from './support/fake-purchase.ts';

beforeEach(() => void vi.useFakeTimers({ now: START - 60_000 }));
afterEach(() => void vi.useRealTimers());

/** Served without a solution ten seconds after `open`. */
const challenge = {
  parameters: {},
  signature: 's',
  waitSeconds: 10,
  waitUntil: new Date(START + 11_000).toISOString(),
} as unknown as Challenge;

test('the token is sent with the solution, again and again until the answer is final', async () => {
  const ada = await open({ challenge });
  ada.answers.push(no('RATE_LIMITED', 1_000), 'won');
  ada.purchase.press(1);
  await pass(0);
  expect([ada.step, ada.reservations()]).toEqual(['challenged', []]);
  ada.solve('42');
  await pass(3_000);
  expect([ada.step, ada.reservations()]).toEqual(['won', ['t1 ×1 with 42', 't1 ×1 with 42']]);
});

test('a browser that does not solve it waits, and the token is served without', async () => {
  const ada = await open({ challenge });
  ada.purchase.press(1);
  ada.solve(undefined);
  await pass(9_900);
  expect([ada.step, ada.reservations()]).toEqual(['challenged', []]);
  await pass(200);
  expect([ada.step, ada.reservations()]).toEqual(['won', ['t1 ×1']]);
});

test('a solution that comes after the wait sends nothing twice', async () => {
  const ada = await open({ challenge });
  ada.purchase.press(1);
  await pass(10_100);
  ada.solve('42');
  await pass(1_000);
  expect(ada.reservations()).toEqual(['t1 ×1']);
});

test('a buyer who withdraws while the browser computes buys nothing', async () => {
  const ada = await open({ challenge });
  ada.purchase.press(1);
  await pass(0);
  ada.purchase.withdraw();
  ada.solve('42');
  await pass(60_000);
  expect([ada.step, ada.reservations()]).toEqual(['ready', []]);
});

test('a token of the lead time is solved before the start, so that the press at zero is not late', async () => {
  const ada = buyer({ challenge });
  await pass(55_000);
  expect(ada.step).toBe('armed');
  ada.solve('42');
  ada.purchase.press(1);
  await pass(5_100);
  expect([ada.step, ada.reservations()]).toEqual(['won', ['t1 ×1 with 42']]);
  expect(ada.shown).toContain('challenged');
});

test('a solution that the gateway refuses is not sent a second time', async () => {
  const ada = await open({ challenge, stored: { solution: 'old' } });
  ada.answers.push(no('CHALLENGE_REQUIRED', 5_000), 'won');
  ada.purchase.press(1);
  ada.solve(undefined);
  await pass(20_000);
  expect(ada.reservations()).toEqual(['t1 ×1 with old', 't1 ×1']);
});
