import { expect, test } from 'vitest';
import { ServerClock } from '../../src/catalogue/server-clock.ts';

const TIME = 1_800_000_000_000;

/** Redis's clock shows `TIME + aheadMs` at the monotonic time 0. The answer takes the same time both ways. */
function ask(clock: ServerClock, at: number, aheadMs: number, roundTripMs: number): void {
  clock.learn(TIME + aheadMs + at + roundTripMs / 2, at, at + roundTripMs);
}

test('the sample with the shortest round trip counts, whatever its age', () => {
  const clock = new ServerClock();
  clock.learn(TIME + 1, 0, 2);
  clock.learn(TIME + 500 + 80, 500, 600);
  expect(clock.at(1_000)).toBe(TIME + 1_000);
});

test.each([-600_000, -50, 50, 600_000])('a clock that is set by %i ms is followed at once', (stepMs) => {
  const clock = new ServerClock();
  for (let at = 0; at < 4_000; at += 500) ask(clock, at, 0, 0.2);
  ask(clock, 4_000, stepMs, 20);
  expect(clock.at(4_100)).toBeCloseTo(TIME + stepMs + 4_100, 3);
});
