import { expect, test } from 'vitest';
import { flag, readFlags, UsageError, usageText } from '../../src/index.ts';

const command = {
  usage: 'npm run sell -- [flags]',
  flags: {
    stock: flag.whole('units', { default: 500, to: 1_000 }),
    payTimeoutSeconds: flag.whole('seconds to pay', { flag: 'pay-timeout', value: 'SECONDS' }),
    abandon: flag.fraction('share that never pays', { default: 0.2 }),
    onlyThis: flag.choice('one part', ['redis', 'nats']),
    set: flag.texts('a setting', { value: 'NAME=VALUE' }),
    quiet: flag.toggle('print less'),
  },
};
const read = (...args: string[]) => readFlags(command, args).flags;

test('without arguments every flag has its default', () => {
  expect(read()).toEqual({
    stock: 500,
    payTimeoutSeconds: undefined,
    abandon: 0.2,
    onlyThis: undefined,
    set: [],
    quiet: false,
  });
});

test('every kind of flag is read, with a space or "="', () => {
  expect(
    read('--stock=7', '--pay-timeout', '3', '--abandon', '.5', '--only-this=nats', '--set', 'A=1', '--set', 'B=2', '--quiet'),
  ).toEqual({ stock: 7, payTimeoutSeconds: 3, abandon: 0.5, onlyThis: 'nats', set: ['A=1', 'B=2'], quiet: true });
});

test('if a flag is repeated, the last value counts', () => {
  expect(read('--stock', '1', '--stock', '2')).toMatchObject({ stock: 2 });
});

test.each([
  [['--stock', '0'], '--stock takes a whole number, 1 to 1000, not "0".'],
  [['--stock', '1e3'], '--stock takes a whole number, 1 to 1000, not "1e3".'],
  [['--stock='], '--stock takes a whole number, 1 to 1000, not "".'],
  [['--pay-timeout', '2.5'], '--pay-timeout takes a whole number, 1 or more, not "2.5".'],
  [['--abandon', '1.1'], '--abandon takes a number from 0 to 1, not "1.1".'],
  [['--only-this', 'mysql'], '--only-this takes one of redis, nats, not "mysql".'],
  [['--stocks', '5'], 'Unknown option --stocks.'],
  [['--stock'], 'Option --stock <value> argument missing.'],
  [['500'], 'Unexpected argument 500.'],
])('%j is refused with exit code 2: %s', (args, message) => {
  expect(() => read(...args)).toThrow(expect.objectContaining({ name: 'UsageError', message, exitCode: 2 }));
});

test('words are read only by a command that takes them', () => {
  expect(readFlags({ ...command, takesWords: true }, ['replay', '7', '--quiet'])).toMatchObject({
    words: ['replay', '7'],
    flags: { quiet: true },
  });
});

test('--help prints the usage with every flag and its default, with exit code 0', () => {
  expect(
    usageText(
      command,
      caught(() => read('--help', '--stock', '5')),
    ),
  ).toBe(
    `npm run sell -- [flags]

  --stock N              units (default 500)
  --pay-timeout SECONDS  seconds to pay
  --abandon SHARE        share that never pays (default 0.2)
  --only-this NAME       one part
  --set NAME=VALUE       a setting
  --quiet                print less
  --help                 print this`,
  );
  expect(caught(() => read('--help')).exitCode).toBe(0);
});

test('after wrong arguments the error comes before the usage', () => {
  expect(
    usageText(
      command,
      caught(() => read('--stock', 'many')),
    ),
  ).toMatch(/^--stock takes a whole number, 1 to 1000, not "many"\.\n\nnpm run sell/);
});

function caught(wrong: () => unknown): UsageError {
  try {
    wrong();
  } catch (error) {
    if (error instanceof UsageError) return error;
  }
  throw new Error('No UsageError was thrown.');
}
