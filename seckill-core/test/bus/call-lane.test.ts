import { CallLane, type DropReason, type LaneBounds } from 'seckill-core';
import { expect, test } from 'vitest';

/** A lane, and calls into it that end when the test says so. */
function laneOf(bounds: LaneBounds) {
  const counts: LaneBounds[] = [];
  const drops: DropReason[] = [];
  const lane = new CallLane(bounds, {
    changed: (now) => counts.push(now),
    started: () => undefined,
    dropped: (reason) => drops.push(reason),
  });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const enter = (name: string, budgetMs = 60_000) =>
    lane.enter({
      budgetMs,
      run: () => {
        begun.push(name);
        return new Promise((resolve) => ends.set(name, resolve));
      },
      drop: () => undefined,
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await new Promise(setImmediate);
  };
  return { lane, enter, end, begun, drops, last: () => counts.at(-1) };
}

test('runs as many at once as it may, and the next one in order when one ends', async () => {
  const { enter, end, begun, last } = laneOf({ running: 2, waiting: 10 });
  for (const name of ['a', 'b', 'c', 'd']) enter(name);
  expect(begun).toEqual(['a', 'b']);
  expect(last()).toEqual({ running: 2, waiting: 2 });
  await end('b');
  expect(begun).toEqual(['a', 'b', 'c']);
  await end('a');
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  expect(last()).toEqual({ running: 2, waiting: 0 });
});

test('callers who have given up leave their places in a full lane to others', async () => {
  const { enter, end, begun, drops } = laneOf({ running: 1, waiting: 2 });
  enter('runs');
  enter('given up', 0);
  enter('given up too', 0);
  enter('waits');
  expect(drops).toEqual(['late', 'late']);
  await end('runs');
  expect(begun).toEqual(['runs', 'waits']);
});

test('closed, it drops the calls that wait and those that come, and lets the running ones end', async () => {
  const { lane, enter, end, begun, drops, last } = laneOf({ running: 1, waiting: 2 });
  enter('runs');
  enter('waits');
  lane.close();
  enter('comes');
  expect(drops).toEqual(['stopping', 'stopping']);
  await end('runs');
  expect(begun).toEqual(['runs']);
  expect(last()).toEqual({ running: 0, waiting: 0 });
});
