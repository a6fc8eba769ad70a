import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { shuffleKeyOf, shufflePlaces } from 'seckill-core';
import { expect, test } from 'vitest';

/** The specification of docs/waiting-room.md, written plainly: numbers in order of their places. */
function orderOf(key: string, count: number): number[] {
  const words: number[] = [];
  let counter = 0;
  const nextWord = (): number => {
    if (words.length === 0) {
      const bytes = Buffer.concat([Buffer.from(key, 'hex'), Buffer.from(counter.toString(16).padStart(16, '0'), 'hex')]);
      const digest = createHash('sha256').update(bytes).digest('hex');
      words.push(...(digest.match(/.{8}/g) ?? []).map((hex) => Number.parseInt(hex, 16)));
      counter += 1;
    }
    return words.shift() ?? 0;
  };
  const order = Array.from({ length: count }, (_, i) => i + 1);
  for (let i = count - 1; i >= 1; i -= 1) {
    let word = nextWord();
    while (word >= Math.floor(2 ** 32 / (i + 1)) * (i + 1)) word = nextWord();
    const j = word % (i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

test('the shuffle is a permutation and equals one that is computed from the specification', async () => {
  await fc.assert(
    fc.asyncProperty(keys, fc.integer({ min: 0, max: 300 }), async (key, count) => {
      const places = await shufflePlaces(key, count);
      const order = orderOf(key, count);
      expect(Array.from(places).toSorted((a, b) => a - b)).toEqual(order.toSorted((a, b) => a - b));
      expect(order.map((number) => places[number - 1])).toEqual(order.map((_, i) => i + 1));
    }),
  );
});

test('every order is equally likely', async () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 6_000; i += 1) {
    const key = createHash('sha256').update(`fair ${i}`).digest('hex');
    const order = Array.from(await shufflePlaces(key, 3)).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  // Chi-squared with 5 degrees of freedom; 20.5 is exceeded once in a thousand. The keys are fixed, so the result is too.
  const chi = Array.from(counts.values()).reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
  expect(counts.size).toBe(6);
  expect(chi).toBeLessThan(20.5);
});

test('the key is the hash of the seed, the lane and the entries, in portions or at once', async () => {
  const seed = 'ab'.repeat(32);
  const entries = 'abcdefghijkl'.repeat(300_000);
  const expected = createHash('sha256').update(`${seed}p${entries}`).digest('hex');
  expect(await shuffleKeyOf(seed, 'p', entries)).toBe(expected);
  expect(await shuffleKeyOf(seed, 'n', entries)).not.toBe(expected);
});

test('a shuffle of many lets the event loop go on', async () => {
  let turns = 0;
  let running = true;
  const count = () => {
    turns += 1;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  await shufflePlaces('cd'.repeat(32), 300_000);
  running = false;
  // In one go it would be none.
  expect(turns).toBeGreaterThan(2);
});
