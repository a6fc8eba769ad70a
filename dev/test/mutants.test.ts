import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { plant } from '../mutants/mutant.ts';
import { MUTANTS } from '../mutants/table/mutants.ts';
import { root } from '../processes/root.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the planted faults', () => {
  test('can be planted in the code as it is now', () => {
    for (const mutant of MUTANTS) expect(plant(mutant, read(mutant.file)), mutant.name).not.toBe(read(mutant.file));
  });

  test('name tests that exist', () => {
    const missing = MUTANTS.filter(({ killer: { file, test } }) => !read(file).replaceAll("\\'", "'").includes(test));
    expect(missing.map(({ name, killer }) => `${name}: ${killer.file}: ${killer.test}`)).toEqual([]);
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
    expect(documented.toSorted()).toEqual(MUTANTS.map(({ invariant, name }) => `${invariant}: ${name}`).toSorted());
  });
});
