import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from 'seckill-core';
import { beforeEach, expect, test, vi } from 'vitest';
import { readDemoFlags } from '../demo/flags.ts';

const read = (...args: string[]) => readDemoFlags(args);

beforeEach(() => {
  vi.stubEnv('SECKILL_CALLED_FROM', tmpdir());
});

test('without flags: 10 000 buyers, 500 units, a fifth never pays, 5 s to pay', () => {
  expect(read()).toEqual({
    buyers: 10_000,
    stock: 500,
    abandon: 0.2,
    payTimeoutSeconds: 5,
    providers: undefined,
    hostile: 0,
    listeners: false,
    admission: undefined,
    jsonFile: undefined,
    quiet: false,
  });
});

test('every flag is read, in both spellings', () => {
  const flags = [
    '--buyers',
    '7',
    '--stock=3',
    '--abandon',
    '1',
    '--pay-timeout=2',
    '--json',
    'out.json',
    '--quiet',
    '--listeners',
    '--admission=draw',
    '--hostile=20',
  ];
  expect(read(...flags, '--provider=stripe,http,stripe')).toEqual({
    buyers: 7,
    stock: 3,
    abandon: 1,
    payTimeoutSeconds: 2,
    providers: ['stripe', 'http'],
    hostile: 20,
    listeners: true,
    admission: 'draw',
    jsonFile: join(tmpdir(), 'out.json'),
    quiet: true,
  });
});

test('--help starts no run and is no error', () => {
  expect(() => read('--help')).toThrow(expect.objectContaining({ exitCode: 0 }));
});

test.each([
  [['--buyers', '0'], '--buyers'],
  [['--buyers', '1.5'], '--buyers'],
  [['--buyers', 'many'], '--buyers'],
  [['--buyers=-5'], '--buyers'],
  [['--buyers', '-5'], '--buyers'],
  [['--buyers', '1e3'], '--buyers'],
  [['--buyers'], '--buyers'],
  [['--buyers='], '--buyers'],
  [['--stock', '0'], '--stock'],
  [['--abandon', '1.1'], '--abandon'],
  [['--abandon', '-0.1'], '--abandon'],
  [['--abandon', 'x'], '--abandon'],
  [['--abandon='], '--abandon'],
  [['--pay-timeout', '0'], '--pay-timeout'],
  [['--pay-timeout', '2.5'], '--pay-timeout'],
  [['--provider', 'cash'], '--provider'],
  [['--provider='], '--provider'],
  [['--admission', 'lottery'], '--admission'],
  [['--hostile', '-1'], '--hostile'],
  [['--json', ''], '--json'],
  [['--json', '/no/such/folder/report.json'], '--json'],
  [['--json', tmpdir()], '--json'],
  [['--buyer', '5'], '--buyer'],
  [['--quiet=yes'], '--quiet'],
  [['500'], '500'],
])('%j is refused, naming %s', (args, name) => {
  expect(() => read(...args)).toThrow(UsageError);
  expect(() => read(...args)).toThrow(name);
});
