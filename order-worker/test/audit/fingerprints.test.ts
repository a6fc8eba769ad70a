import { expect, test } from 'vitest';
import { Fingerprints } from '../../src/audit/evidence/fingerprints.ts';

const ids = Array.from({ length: 50_000 }, (_, i) => `0190-7${i.toString(16).padStart(6, '0')}00002a`);

test('tells fifty thousand alike texts apart, however few were expected', () => {
  const prints = new Fingerprints(10);
  expect(ids.filter((id, i) => !prints.set(id, i))).toEqual([]);
  expect(prints.size).toBe(ids.length);
  expect(ids.filter((id, i) => prints.get(id) !== i)).toEqual([]);
  expect(prints.get('another')).toBeUndefined();
});

test('a text that is set again has its last value, and a mark stays when the map grows', () => {
  const prints = new Fingerprints(10);
  expect([prints.set('ann', 1), prints.set('ann', 2), prints.set('bob', 3)]).toEqual([true, false, true]);
  prints.mark('ann');
  prints.mark('ann');
  prints.mark('unknown');
  for (const id of ids) prints.set(id, 1);
  expect([prints.get('ann'), prints.get('bob')]).toEqual([2, 3]);
  expect([prints.isMarked('ann'), prints.isMarked('bob'), prints.isMarked('unknown')]).toEqual([true, false, false]);
  expect(prints.marked).toBe(1);
});
