import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { copyCheckout } from '../mutants/copy-checkout.ts';
import { judge } from '../mutants/judge.ts';
import { type Mutant, plant } from '../mutants/mutant.ts';
import { MUTANTS } from '../mutants/table/mutants.ts';
import { root } from '../processes/root.ts';
import { ThrowAwayFolder } from '../processes/throw-away-folder.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the planted faults', () => {
  test('can be planted in the code as it is now', () => {
    for (const mutant of MUTANTS) expect(plant(mutant, read(mutant.file)), mutant.name).not.toBe(read(mutant.file));
  });

  test('name tests that exist', () => {
    const missing = MUTANTS.filter(({ killer: { file, test } }) => !read(file).replaceAll("\\'", "'").includes(test));
    expect(missing.map(({ name, killer }) => `${name}: ${killer.file}: ${killer.test}`)).toEqual([]);
  });

  test('make every test that docs/invariants.md names fail', () => {
    const named = Array.from(read('docs/invariants.md').matchAll(/`([\w/.-]+\.test\.ts)`: ((?:"[^"]+"(?:, )?)+)/g)).flatMap(
      ([, file = '', names = '']) => Array.from(names.matchAll(/"([^"]+)"/g), ([, name = '']) => `${file}: ${name}`),
    );
    const killers = new Set(MUTANTS.map(({ killer }) => `${killer.file}: ${killer.test}`));
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !killers.has(name))).toEqual([]);
  });

  test('have one name each', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test('are named by docs/invariants.md, each in its section', () => {
    const documented = read('docs/invariants.md')
      .split(/^## /m)
      .slice(1)
      .flatMap((section) => {
        const [, list = ''] = /^\* \*\*Mutants\*\* (.*(?:\n {2}.*)*)/m.exec(section) ?? [];
        return list
          .replace(/\s+/g, ' ')
          .split('; ')
          .filter(Boolean)
          .map((name) => `${Number.parseInt(section, 10)}: ${name}`);
      });
    expect(documented.toSorted()).toEqual(
      MUTANTS.filter(({ invariant }) => invariant !== undefined)
        .map(({ invariant, name }) => `${invariant}: ${name}`)
        .toSorted(),
    );
  });
});

test('a mutant is killed by its test, survives one that cannot tell, and proves nothing if its code cannot run', {
  timeout: 600_000,
}, async () => {
  const folder = new ThrowAwayFolder('mutants-test');
  onTestFinished(() => folder.close());
  const copy = join(folder.path, 'copy');
  copyCheckout(copy);
  const mutant = (replace: string): Mutant => ({
    name: 'a cancel of a paid reservation',
    file: 'seckill-core/src/domain/reservation.ts',
    find: "PAID: ['REFUNDED'],",
    replace,
    killer: { file: 'seckill-core/test/domain/reservation.test.ts', test: 'stay once they are paid' },
  });
  expect(await judge(mutant("PAID: ['REFUNDED', 'CANCELLED'],"), copy)).toMatchObject({ outcome: 'killed' });
  expect(await judge(mutant("PAID: ['REFUNDED'] as const,"), copy)).toMatchObject({ outcome: 'survived' });
  expect(await judge(mutant('PAID: [,'), copy)).toMatchObject({ outcome: 'broken' });
  expect(readFileSync(join(copy, mutant('').file), 'utf8')).toBe(read(mutant('').file));
});
