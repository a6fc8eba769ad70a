import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BackgroundPace } from '../../src/servers/background-pace.ts';

const WORK_MS = 20;

/** Three listeners work through this many batches each. Resolves to what they did, in order, and how long it took, ms. */
async function workThrough(pace: BackgroundPace, batches: number): Promise<{ done: string[]; most: number; ms: number }> {
  const done: string[] = [];
  let [atWork, most] = [0, 0];
  const from = performance.now();
  const listen = async (name: string) => {
    for (let i = 0; i < batches; i += 1) {
      await pace.share(async () => {
        atWork += 1;
        most = Math.max(most, atWork);
        await sleep(WORK_MS);
        atWork -= 1;
        done.push(name);
      });
    }
  };
  await Promise.all(['a', 'b', 'c'].map(listen));
  return { done, most, ms: performance.now() - from };
}

test('while no orders are made, listeners work at once', async () => {
  const { most, done } = await workThrough(new BackgroundPace(), 2);
  expect(most).toBe(3);
  expect(done).toHaveLength(6);
});

test('while orders are made, listeners take turns, and rest for most of the time', async () => {
  const pace = new BackgroundPace();
  pace.follow(() => true);
  const { most, done, ms } = await workThrough(pace, 2);
  expect(most).toBe(1);
  expect(done).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  // Five rests lie between six batches.
  expect(ms).toBeGreaterThan(5 * 4 * WORK_MS * 0.9);
});

test('one that fails leaves the turn to the next', async () => {
  const pace = new BackgroundPace();
  pace.follow(() => true);
  await expect(pace.share(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await pace.share(async () => 'yes')).toBe('yes');
});

test('when the rush is over, no listener rests any more', async () => {
  let isBusy = true;
  const pace = new BackgroundPace();
  pace.follow(() => isBusy);
  await pace.share(async () => {
    await sleep(WORK_MS);
    isBusy = false;
  });
  expect(pace.places(8)).toBe(8);
  isBusy = true;
  expect(pace.places(8)).toBe(1);
  expect(pace.places(0)).toBe(0);
});

test('a rest is as long after a long batch, and ends when the rush is over', async () => {
  let isBusy = true;
  const pace = new BackgroundPace();
  pace.follow(() => isBusy);
  await pace.share(() => sleep(1_000));
  const from = performance.now();
  const second = pace.share(async () => performance.now());
  await sleep(1_500);
  isBusy = false;
  expect((await second) - from).toBeGreaterThan(1_400);
  expect((await second) - from).toBeLessThan(3_500);
});
