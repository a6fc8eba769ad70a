import { expect, test } from 'vitest';
import { ServerClock } from '../shared/clock/server-clock.ts';
import { formatDuration, splitDuration } from '../shared/format/duration.ts';
import { retryDelay, tokenTime } from '../storefront/purchase/waiting-times.ts';

/** A page whose clock is wrong by `off` ms. Its requests take `outMs` to the server and `backMs` back. */
function page(off: number) {
  const time = { now: 5_000_000 };
  const clock = new ServerClock(
    () => time.now - 4_000_000,
    () => time.now + off,
  );
  const ask = (outMs: number, backMs: number, staleMs = 0) => {
    const mark = clock.mark();
    time.now += outMs;
    const told = new Date(time.now - staleMs).toISOString();
    time.now += backMs;
    clock.learn(told, mark);
  };
  return { clock, time, ask, error: () => clock.now() - time.now };
}

test.each([-600_000, 0, 600_000])("a phone whose clock is off by %d ms knows the server's time", (off) => {
  const { ask, error } = page(off);
  ask(40, 60);
  expect(Math.abs(error())).toBeLessThanOrEqual(50);
  ask(5, 5);
  expect(Math.abs(error())).toBeLessThanOrEqual(6);
});

test('answers from a cache, up to a second old, do not disturb the clock', () => {
  const { ask, time, error } = page(0);
  ask(10, 10);
  for (const stale of [900, 400, 999, 1, 700]) {
    time.now += 2_000;
    ask(10, 10, stale);
    expect(Math.abs(error())).toBeLessThanOrEqual(21);
  }
});

test('one slow answer among quick ones does not disturb the clock', () => {
  const { ask, error } = page(0);
  ask(10, 10);
  ask(3_000, 10);
  expect(Math.abs(error())).toBeLessThanOrEqual(11);
  ask(10, 3_000);
  expect(Math.abs(error())).toBeLessThanOrEqual(11);
});

test('tokens are fetched all over the lead time, but not in its last two seconds', () => {
  const opensAt = 1_000_000;
  const startsAt = opensAt + 60_000;
  const times = Array.from({ length: 1_000 }, (_, i) => tokenTime(opensAt, startsAt, opensAt - 5_000, () => i / 1_000));
  expect(Math.min(...times)).toBe(opensAt);
  expect(Math.max(...times)).toBeLessThanOrEqual(startsAt - 2_000);
  expect(times.filter((time) => time > opensAt + 30_000).length).toBeGreaterThan(200);
  expect(tokenTime(opensAt, startsAt, startsAt - 1_000, () => 0.9)).toBe(startsAt - 1_000);
});

test('retries are never earlier than asked, and are spread', () => {
  for (const random of [0, 0.5, 0.999]) {
    expect(retryDelay(0, 2_000, () => random)).toBeGreaterThanOrEqual(2_000);
    expect(retryDelay(9, 2_000, () => random)).toBeLessThanOrEqual(2_700);
  }
  expect(retryDelay(0, 2_000, () => 0.9)).not.toBe(retryDelay(0, 2_000, () => 0.1));
});

test('without a time from the server, each wait is longer, up to some seconds', () => {
  const waits = Array.from({ length: 12 }, (_, failures) => retryDelay(failures, undefined, () => 0.5));
  expect(waits[0]).toBeLessThan(1_000);
  for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(waits[i - 1] ?? 0);
  expect(waits.at(-1)).toBeLessThanOrEqual(12_000);
});

test('a countdown shows a second until it is over', () => {
  expect(formatDuration(1)).toBe('00:01');
  expect(formatDuration(0)).toBe('00:00');
  expect(formatDuration(-5_000)).toBe('00:00');
  expect(formatDuration(3_599_001)).toBe('1:00:00');
  expect(splitDuration(90_061_000)).toEqual({ days: 1, hours: 1, minutes: 1, seconds: 1 });
});
