import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { descendants, isAlive } from '../processes/process-table.ts';
import { root } from '../processes/root.ts';
import { waitUntil } from '../processes/wait-until.ts';

const script = fileURLToPath(new URL('./start-servers-and-wait.ts', import.meta.url));

interface Started {
  child: ChildProcess;
  folder: string;
  /** Servers, their children, and the guard. */
  pids: number[];
}

/** Starts Redis, NATS and PostgreSQL from a process of their own. */
async function startInChild(...args: string[]): Promise<Started> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { folder } = JSON.parse(line) as { folder: string };
    return { child, folder, pids: descendants(child.pid ?? 0) };
  }
  throw new Error(`The child ended before its servers were there. It said:\n${said}`);
}

async function expectNothingLeft({ folder, pids }: Started): Promise<void> {
  expect(pids.length).toBeGreaterThan(3);
  await waitUntil(() => !pids.some(isAlive) && !existsSync(folder) && !existsSync(`${folder}.closing`), 60_000);
  expect(pids.filter(isAlive)).toEqual([]);
  expect([folder, `${folder}.closing`].filter(existsSync)).toEqual([]);
}

test.each(['SIGKILL', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'after a %s of the parent no process and no folder is left',
  async (signal) => {
    const started = await startInChild();
    const ended = once(started.child, 'exit');
    started.child.kill(signal);
    await ended;
    await expectNothingLeft(started);
  },
);

test('an uncaught error leaves nothing behind either', async () => {
  const started = await startInChild('--then-throw');
  started.child.stdin?.end();
  await expectNothingLeft(started);
});

test('frozen servers go as well', async () => {
  const started = await startInChild('--freeze');
  started.child.kill('SIGKILL');
  await expectNothingLeft(started);
});

test('a killed guard is replaced', async () => {
  const started = await startInChild('--kill-guard');
  started.child.kill('SIGKILL');
  await expectNothingLeft(started);
});
