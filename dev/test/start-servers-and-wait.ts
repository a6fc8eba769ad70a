// A child process for nothing-left-behind.test.ts: starts servers, says so, and waits to be ended.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { descendants, isAlive } from '../processes/process-table.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { startServers } from '../servers/start-servers.ts';

const servers = await startServers({ redis: {}, nats: {}, postgres: { durable: false } }, { label: 'test' });
const has = (flag: string) => process.argv.includes(flag);

if (has('--freeze')) for (const name of ['redis', 'nats', 'postgres'] as const) servers[name].freeze();
if (has('--kill-guard')) {
  const guards = () => descendants(process.pid).filter((pid) => commandLine(pid).includes('guard.mjs'));
  const [first] = guards();
  if (first === undefined) throw new Error('There is no guard.');
  process.kill(first, 'SIGKILL');
  await waitUntil(() => !isAlive(first) && guards().length === 1, 30_000);
}
console.log(JSON.stringify({ folder: servers.folder.path }));
if (has('--then-throw')) {
  // Not before the test has seen what there is: then it closes the pipe.
  process.stdin.resume().once('end', () => {
    throw new Error('Thrown on purpose by a test.');
  });
}
setInterval(() => {}, 60_000);

/** '' if the process is gone again: PostgreSQL has short-lived children. */
function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
