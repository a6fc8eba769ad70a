import { expect, test } from 'vitest';
import { Appointments } from '../../src/catalogue/appointments.ts';
import { playCrowd } from './crowd.ts';

const bucket = { emptyMs: 10, perSecond: 100, left: undefined, endsInMs: 600_000 };
const without = (jitter: number) => new Appointments(() => 0.5 + jitter / 2);
const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

test('buyers return one after another, at one and a half times the rate, and never before the bucket has a token', () => {
  const appointments = without(0);
  const waits = Array.from({ length: 300 }, () => appointments.next(bucket, 1_000));
  expect(waits[0]?.waitMs).toBe(10);
  expect(waits[149]?.waitMs).toBeCloseTo(1_000);
  expect(waits[299]?.waitMs).toBeCloseTo(2_000);
  expect(waits.every(({ isTurn }) => isTurn)).toBe(true);
  expect(without(1).next(bucket, 1_000).waitMs).toBe(10);
});

test('the waits of buyers who came together differ by a tenth both ways', () => {
  for (const [random, waitMs] of [
    [0, 900],
    [0.999_999, 1_100],
  ] as const) {
    const appointments = new Appointments(() => random);
    for (let i = 0; i < 149; i += 1) appointments.next(bucket, 1_000);
    expect(appointments.next(bucket, 1_000).waitMs).toBeCloseTo(waitMs, 1);
  }
});

test('no wait is longer than thirty seconds, unless the bucket is empty for longer', () => {
  const appointments = new Appointments();
  const waits = Array.from({ length: 20_000 }, () => appointments.next({ ...bucket, perSecond: 10 }, 1_000).waitMs);
  expect(Math.max(...waits)).toBeLessThanOrEqual(30_000);
  const beyond = waits.slice(1_000);
  expect(Math.min(...beyond)).toBeGreaterThanOrEqual(13_500);
  expect(Math.max(...beyond) - Math.min(...beyond)).toBeGreaterThan(14_000);
  expect(new Appointments().next({ ...bucket, perSecond: 0.01, emptyMs: 45_000 }, 1_000).waitMs).toBe(45_000);
});

test('no appointment lies beyond the end of the sale', () => {
  const appointments = new Appointments();
  const waits = Array.from({ length: 10_000 }, () => appointments.next({ ...bucket, endsInMs: 4_000 }, 1_000).waitMs);
  expect(Math.max(...waits)).toBeLessThan(4_000);
  expect(waits.filter((waitMs) => waitMs > 2_000).length).toBeGreaterThan(9_000);
});

test('buyers beyond the last unit learn it soon after it is sold, five thousand a second', () => {
  const appointments = without(0);
  const waits = Array.from({ length: 10_000 }, () => appointments.next({ ...bucket, left: 20 }, 1_000));
  const turns = waits.filter(({ isTurn }) => isTurn);
  expect(turns.length).toBe(31);
  expect(waits[31]?.waitMs).toBeCloseTo(210.2);
  expect(waits.at(-1)?.waitMs).toBeCloseTo(210 + 9_969 / 5);
});

test('a hundred thousand waiting buyers make a few thousand requests a second, use the bucket, and none starves', () => {
  const [seconds, arriveWithinMs, ratePerSecond] = [90, 2_000, 500];
  const { requests, wins, mostTries, longestWaitMs } = playCrowd({
    buyers: 100_000,
    ratePerSecond,
    burst: 50,
    stock: 1_000_000,
    arriveWithinMs,
    seconds,
  });
  expect(Math.max(...requests.slice(2))).toBeLessThan(8_000);
  expect(sum(wins)).toBeGreaterThan(0.9 * ratePerSecond * seconds);
  expect(longestWaitMs).toBeLessThanOrEqual(30_000);
  // Half of them still wait.
  expect(mostTries).toBeLessThan(12);
});

test('the bucket is used too if a third of the buyers who were asked to return never do, or if it holds one token', () => {
  const crowd = { buyers: 100_000, ratePerSecond: 50, stock: 1_000_000, arriveWithinMs: 2_000, seconds: 60 };
  for (const more of [
    { burst: 10, gone: 1 / 3 },
    { burst: 1, gone: 0 },
  ]) {
    expect(sum(playCrowd({ ...crowd, ...more }).wins)).toBeGreaterThan(0.9 * 50 * 60);
  }
});

test('a crowd in front of a small stock is over with as soon as before: within two seconds', () => {
  const { requests, wins } = playCrowd({
    buyers: 3_000,
    ratePerSecond: 500,
    burst: 50,
    stock: 150,
    arriveWithinMs: 500,
    seconds: 10,
  });
  expect(sum(wins)).toBe(150);
  expect(sum(requests.slice(2))).toBe(0);
});
