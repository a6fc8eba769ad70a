import { describe, expect, test } from 'vitest';
import { handleInParts, NothingPasses } from '../../src/bus/consume/handle-in-parts.ts';
import { Suspects } from '../../src/bus/consume/suspects.ts';

const batch = Array.from({ length: 512 }, (_, index) => index);

/** Counts the calls; a part that holds one of `bad` fails. */
function handling(bad: (item: number) => boolean) {
  const calls: number[] = [];
  const passed: number[] = [];
  const handle = async (part: readonly number[]) => {
    calls.push(part.length);
    if (part.some(bad)) throw new RangeError('bad');
    passed.push(...part);
  };
  return { calls, passed, handle };
}
const never = () => false;

describe('a batch that fails', () => {
  test('gives its one bad message away in a few calls, and the others pass once', async () => {
    const { calls, passed, handle } = handling((item) => item === 300);
    const failed = await handleInParts(batch, { handle, endsTry: never, patience: 1 });
    expect(failed.map(({ item }) => item)).toEqual([300]);
    expect(passed.toSorted((a, b) => a - b)).toEqual(batch.filter((item) => item !== 300));
    expect(calls.length).toBeLessThanOrEqual(19);
  });

  test('as a whole is not taken apart message by message: nothing passes', async () => {
    const { calls, handle } = handling(() => true);
    await expect(handleInParts(batch, { handle, endsTry: never, patience: 1 })).rejects.toThrow(NothingPasses);
    expect(calls.length).toBeLessThanOrEqual(12);
  });

  test('because of many bad messages at its beginning is sorted out by a later try, which is more patient', async () => {
    const { passed, handle } = handling((item) => item < 5);
    await expect(handleInParts(batch, { handle, endsTry: never, patience: 4 })).rejects.toThrow(NothingPasses);
    const failed = await handleInParts(batch, { handle, endsTry: never, patience: 5 });
    expect(failed.map(({ item }) => item)).toEqual([0, 1, 2, 3, 4]);
    expect(passed).toHaveLength(507);
  });

  test('for a reason that ends the try is not taken apart at all', async () => {
    const { calls, handle } = handling(() => true);
    await expect(handleInParts(batch, { handle, endsTry: () => true, patience: 1 })).rejects.toThrow('bad');
    expect(calls).toEqual([512]);
  });
});

describe('a message that fails alone', () => {
  const TRIES = 3;
  const ALONE_MS = 1_000;
  const unique = Object.assign(new Error('duplicate key'), { code: '23505' });
  const [value, other] = [{ id: 7 }, { id: 8 }];
  const failedOften = (suspects: Suspects, error: unknown, now = 50) =>
    Array.from({ length: TRIES + 2 }, () => suspects.failed(value, error, 0, now).proven);

  test('is proven bad if PostgreSQL refuses its data again and again while others pass', () => {
    const suspects = new Suspects(TRIES, ALONE_MS);
    suspects.passed([other], 40);
    expect(failedOften(suspects, unique).slice(0, TRIES)).toEqual([false, false, true]);
  });

  test('is not proven bad while no other passes, until it has failed for long enough', () => {
    const suspects = new Suspects(TRIES, ALONE_MS);
    expect(failedOften(suspects, unique)).not.toContain(true);
    expect(suspects.failed(value, unique, 0, ALONE_MS).proven).toBe(true);
  });

  test('is never proven bad by an outage, or by an error that nothing is known of', () => {
    const suspects = new Suspects(TRIES, ALONE_MS);
    suspects.passed([other], 40);
    expect(failedOften(suspects, Object.assign(new Error('cannot execute INSERT'), { code: '25006' }), 2_000)).not.toContain(
      true,
    );
    expect(failedOften(suspects, new Error('something new'), 2_000)).not.toContain(true);
  });
});
