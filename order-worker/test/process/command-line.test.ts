import { UsageError } from 'seckill-core';
import { expect, test } from 'vitest';
import { readOnly } from '../../src/command-line.ts';

test('a process without flags is a whole worker', () => {
  expect(readOnly([])).toBeUndefined();
});

test('--only names listeners by their folders', () => {
  expect(readOnly(['--only', 'listeners/statistics,listeners/mail'])).toEqual(['statistics', 'mail']);
});

test.each(['mail', 'listeners/', 'listeners/mail,sms'])('--only %s is refused, with what it takes', (names) => {
  expect(() => readOnly(['--only', names])).toThrow(UsageError);
});
