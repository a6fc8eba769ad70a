import { describe, expect, test } from 'vitest';
import { LaneTurns } from '../../src/orders/lane-turns.ts';

/** Two lanes that always have batches to handle, of the sizes that `sizes` returns. Resolves to which lane had each of `rounds` turns. */
async function run(turns: LaneTurns, lanes: Record<string, { weight: number; size: number }>, rounds: number): Promise<string[]> {
  const began: string[] = [];
  const work = Object.entries(lanes).map(async ([name, { weight, size }]) => {
    const turn = turns.lane(weight);
    let next = turn(size);
    while (began.length < rounds) {
      const end = await next;
      began.push(name);
      await new Promise(setImmediate);
      // As a busy consumer does.
      next = turn(size);
      end();
    }
    (await next)();
  });
  await Promise.all(work);
  return began.slice(0, rounds);
}

const count = (names: readonly string[], name: string): number => names.filter((each) => each === name).length;

describe('lanes that wait', () => {
  test('have turns in proportion to their weights, and none waits for more turns than that', async () => {
    const began = await run(new LaneTurns(1), { first: { weight: 4, size: 10 }, other: { weight: 1, size: 10 } }, 100);
    expect(count(began, 'other')).toBe(20);
    for (let from = 0; from <= 95; from += 5) expect(count(began.slice(from, from + 5), 'other'), `${from}`).toBe(1);
  });

  test('are weighed by the values in their batches, not by their batches', async () => {
    const began = await run(new LaneTurns(1), { first: { weight: 4, size: 100 }, other: { weight: 1, size: 5 } }, 1_050);
    const [first, other] = [count(began, 'first') * 100, count(began, 'other') * 5];
    expect(first / other).toBeGreaterThan(3.7);
    expect(first / other).toBeLessThan(4.3);
  });
});

test('a lane that waits alone has every place, and one that was idle has saved up no turns', async () => {
  const turns = new LaneTurns(2);
  const [first, other] = [turns.lane(4), turns.lane(1)];
  for (let i = 0; i < 50; i += 1) {
    const ends = await Promise.all([other(10), other(10)]);
    for (const end of ends) end();
  }
  const [held, alsoHeld] = await Promise.all([other(10), other(10)]);
  const began: string[] = [];
  const handle = async (name: string, turn: typeof first) => {
    const end = await turn(10);
    began.push(name);
    end();
  };
  const waiting = [...Array.from({ length: 8 }, () => handle('first', first)), handle('other', other), handle('other', other)];
  held?.();
  alsoHeld?.();
  await Promise.all(waiting);
  expect(began.indexOf('other')).toBeLessThan(6);
});

test('a place is free again once a batch has ended, and no earlier', async () => {
  const turn = new LaneTurns(1).lane(1);
  const end = await turn(1);
  let hasBegun = false;
  const next = turn(1).then((endNext) => {
    hasBegun = true;
    return endNext;
  });
  await new Promise(setImmediate);
  expect(hasBegun).toBe(false);
  end();
  await next;
  expect(hasBegun).toBe(true);
});
