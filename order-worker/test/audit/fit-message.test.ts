import { expect, test } from 'vitest';
import { fitMessage } from '../../src/audit/fit-message.ts';

const more = (count: number) => `${count} more`;

test('what fits stays, and the last one counts the rest', () => {
  const rows = Array.from({ length: 5_000 }, (_, i) => `finding ${i} ${'长'.repeat(100)}`);
  const fitted = fitMessage(rows, more);
  expect(fitted.slice(0, -1)).toEqual(rows.slice(0, fitted.length - 1));
  expect(fitted.at(-1)).toBe(`${5_000 - (fitted.length - 1)} more`);
  const bytes = Buffer.byteLength(JSON.stringify(fitted));
  expect(bytes).toBeLessThan(220 * 1_024);
  expect(bytes).toBeGreaterThan(190 * 1_024);
});

test('a list that fits is unchanged', () => {
  expect(fitMessage(['a', 'b'], more)).toEqual(['a', 'b']);
});
