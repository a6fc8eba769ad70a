import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { isAlive } from '../processes/process-table.ts';
import { root } from '../processes/root.ts';
import { waitUntil } from '../processes/wait-until.ts';

const run = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root });

describe('node dev/run.mjs', () => {
  test('answers an unknown command with the list of commands', async () => {
    const failure = await run('dev/run.mjs', 'strat').catch((error: { code: number; stderr: string }) => error);
    expect(failure).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/There is no command "strat"\..*\n {2}start +everything/s),
    });
  });

  test('ends with the exit code of the script, and hands it the arguments', async () => {
    const failure = await run('dev/run.mjs', 'audit', '--sail', 'x').catch((error: { code: number; stderr: string }) => error);
    expect(failure).toMatchObject({ code: 2, stderr: expect.stringContaining('Unknown option --sail') });
  });

  test.each(['check', 'test'])('prints the usage of %s', async (command) => {
    const { stdout } = await run('--import', 'tsx', `dev/commands/${command}.ts`, '--help');
    expect(stdout).toMatch(/^npm (run )?(check|test)\n?/);
    expect(stdout).toMatch(/ {2}--help +print this\n/);
  });

  test('has every command in package.json', async () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const { stdout } = await run(
      '-e',
      "import('./dev/setup/commands.mjs').then((all) => console.log(JSON.stringify(Object.keys(all.commands))))",
    );
    for (const name of JSON.parse(stdout) as string[]) expect(scripts[name]).toBe(`exec node dev/run.mjs ${name}`);
  });
});

describe('a script behind the front door', () => {
  /** Resolves with the front door's process and the script's pid. */
  async function start(): Promise<{ door: ChildProcess; scriptPid: number }> {
    const code = "import('./dev/setup/run-script.mjs').then((it) => it.runScript('dev/test/wait-for-signal.ts', []))";
    const door = spawn(process.execPath, ['-e', code], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: door.stdout })) return { door, scriptPid: Number(line) };
    throw new Error('The script ended before it was ready.');
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('gets %s, cleans up and decides the exit code', async (signal) => {
    const { door, scriptPid } = await start();
    const ended = once(door, 'exit');
    // A terminal sends it to both. The door's comes last: once it has passed it on, the script may be gone.
    process.kill(scriptPid, signal);
    door.kill(signal);
    expect(await ended).toEqual([7, null]);
  });

  test('ends when the front door was killed with -9', async () => {
    const { door, scriptPid } = await start();
    door.kill('SIGKILL');
    expect(await waitUntil(() => !isAlive(scriptPid), 30_000)).toBe(true);
  });
});

describe('the lock of the set-up', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seckill-lock-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const lock = (name: string) => join(folder, name);
  /** Writes `in`, waits, writes `out` while it holds the lock. */
  const work = (name: string) => `import('./dev/setup/lock.mjs').then(({ withLock }) => withLock(async () => {
    const { appendFileSync } = await import('node:fs');
    appendFileSync('${lock(name)}.log', 'in ');
    await new Promise((resolve) => setTimeout(resolve, 50));
    appendFileSync('${lock(name)}.log', 'out ');
  }, '${lock(name)}'))`;

  test('lets one in at a time', async () => {
    await Promise.all([1, 2, 3, 4].map(() => run('-e', work('busy'))));
    expect(readFileSync(`${lock('busy')}.log`, 'utf8')).toBe('in out '.repeat(4));
  });

  test('is not held by the dead', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'exit');
    writeFileSync(lock('stale'), String(dead.pid));
    await run('-e', work('stale'));
    expect(readFileSync(`${lock('stale')}.log`, 'utf8')).toBe('in out ');
  });
});
