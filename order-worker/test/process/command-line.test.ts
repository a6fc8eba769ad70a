import { UsageError } from 'seckill-core';
import { expect, test } from 'vitest';
import { readOnly } from '../../src/command-line.ts';

test('a process without flags is a whole worker', () => {
  expect(readOnly([])).toBeUndefined();
});

test('--only names listeners and sinks by their folders', () => {
  expect(readOnly(['--only', 'listeners/statistics,sinks/files,listeners/mail'])).toEqual({
    listeners: ['statistics', 'mail'],
    sinks: ['files'],
  });
});

test.each(['mail', 'listeners/', 'sinks/', 'listeners/mail,sms', 'orders/files'])(
  '--only %s is refused, with what it takes',
  (names) => {
    expect(() => readOnly(['--only', names])).toThrow(UsageError);
  },
);
