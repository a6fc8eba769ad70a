import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorsPage } from '../errors-page.ts';

test('docs/errors.md is what the table of problems makes of it (else: node --import tsx docs/write-errors-page.ts)', () => {
  expect(readFileSync(new URL('../errors.md', import.meta.url), 'utf8')).toBe(errorsPage());
});
