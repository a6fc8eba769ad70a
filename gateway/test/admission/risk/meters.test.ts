import { describe, expect, test } from 'vitest';
import { Crowd, countInWindow, METER_SIZE, PairBudget } from '../../../src/admission/risk/meters.ts';

const windowMs = 1_000;

/** The second of two meters in one array. */
function meter() {
  const counts = new Float64Array(2 * METER_SIZE);
  const count = (events: number) => (now: number) => countInWindow(counts, METER_SIZE, now, windowMs, events);
  return { add: count(1), read: count(0) };
}

describe('a meter', () => {
  test('counts events, and forgets them when the window has passed', () => {
    const { add, read } = meter();
    expect([add(0), add(0), add(999)]).toEqual([1, 2, 3]);
    expect(read(1_000)).toBe(3);
    expect(read(1_500)).toBe(1.5);
    expect(read(2_000)).toBe(0);
    expect(add(9_500)).toBe(1);
  });

  test.each([1, 7, 250, 333, 999, 1_001])(
    'with an event every %i ms counts no more than two slots hold, nor less than one',
    (gap) => {
      const { add } = meter();
      const times: number[] = [];
      for (let now = 0; now < 10_000; now += gap) {
        times.push(now);
        const count = add(now);
        const slot = Math.floor(now / windowMs) * windowMs;
        expect(count).toBeGreaterThanOrEqual(times.filter((time) => time >= slot).length);
        expect(count).toBeLessThanOrEqual(times.filter((time) => time >= slot - windowMs).length);
      }
    },
  );
});

describe('a crowd', () => {
  const limits = { windowMs, most: 10 };

  test('counts each member once in a window', () => {
    const crowd = new Crowd(new PairBudget());
    for (const member of [1, 2, 1, 2, 3, 3]) crowd.add(member, 0, limits);
    expect(crowd.add(3, 900, limits)).toBe(3);
    // A member of the slot before who comes again is no other member.
    expect(crowd.add(1, 1_000, limits)).toBe(3);
    expect(crowd.add(1, 1_500, limits)).toBe(2);
    expect(crowd.add(1, 3_000, limits)).toBe(1);
  });

  test('tells up to twice the highest limit apart, and keeps no more', () => {
    const crowd = new Crowd(new PairBudget());
    for (let member = 0; member < 1_000; member += 1) crowd.add(member, 0, limits);
    expect(crowd.add(5_000, 0, limits)).toBe(21);
  });

  test('starts afresh with all others when they remember too much together', () => {
    const budget = new PairBudget(5);
    const [one, other] = [new Crowd(budget), new Crowd(budget)];
    for (const member of [1, 2, 3]) one.add(member, 0, limits);
    for (const member of [1, 2]) other.add(member, 0, limits);
    expect(one.add(3, 0, limits)).toBe(3);
    other.add(3, 0, limits);
    expect([one.add(3, 0, limits), other.add(3, 0, limits)]).toEqual([1, 1]);
  });
});
