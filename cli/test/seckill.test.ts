import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { root } from 'dev';
import { describe, expect, test } from 'vitest';
import { printable } from '../src/command/printable.ts';
import { runSeckill } from './support/run-seckill.ts';

test('what is printed cannot control a terminal', () => {
  expect(printable('José 用户 🛒\n\ttab')).toBe('José 用户 🛒\n\\u0009tab');
  expect(printable('\u001b[2J\u009b1A\u007f\u202e')).toBe('\\u001b[2J\\u009b1A\\u007f\\u202e');
});

test('seckill --help names every command', async () => {
  const { code, stdout } = await runSeckill(['--help']);
  expect(stdout).toMatch(/seckill COMMAND.*\n {2}audit +\S.*\n {2}dead-letters +\S.*\n {2}migrate +\S.*/s);
  expect(code).toBe(0);
});

test.each([
  [[], 'Name a command.'],
  [['audti'], 'There is no command "audti".'],
  [['constructor'], 'There is no command "constructor".'],
])('seckill %j exits with 2 and names every command', async (args, words) => {
  const { code, stderr } = await runSeckill(args);
  expect(stderr).toContain(words);
  expect(stderr).toMatch(/\n {2}audit +/);
  expect(code).toBe(2);
});

describe.each(['audit', 'dead-letters', 'migrate'])('seckill %s', (command) => {
  test('--help prints its usage', async () => {
    const { code, stdout, stderr } = await runSeckill([command, '--help']);
    expect(stdout).toContain(`npm run ${command}`);
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('exits with 2 on an argument that it does not know, and prints its usage', async () => {
    const { code, stderr } = await runSeckill([command, 'nonsense']);
    expect(stderr).toMatch(new RegExp(`nonsense.*npm run ${command}`, 's'));
    expect(code).toBe(2);
  });
});

test('an address of another form: exit 1 and the form it needs', async () => {
  const { code, stderr } = await runSeckill(['migrate'], { DATABASE_URL: 'mysql://a:b@127.0.0.1/c' });
  expect(stderr).toContain('DATABASE_URL has to be an address like postgresql://');
  expect(code).toBe(1);
});

test('the process ends with the exit code of the command', async () => {
  const seckill = promisify(execFile)(process.execPath, ['--import', 'tsx', 'cli/src/main.ts', 'migrate', 'nonsense'], {
    cwd: root,
  });
  await expect(seckill).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('npm run migrate') });
});
