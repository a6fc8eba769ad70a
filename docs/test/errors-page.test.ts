import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorsPage } from '../errors-page.ts';

test('docs/errors.md is made from the table of answers (if not: node --import tsx docs/write-errors-page.ts)', () => {
  expect(readFileSync(new URL('../errors.md', import.meta.url), 'utf8')).toBe(errorsPage());
});
