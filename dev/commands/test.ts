import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ensureServers } from '../servers/start-servers.ts';

/** Added to another reporter, too: every run ends with the line of counts. */
const counts = './dev/harness/count-reporter.ts';

try {
  // Before vitest's own set-up, which would bury the message in a stack trace.
  await ensureServers(console.log);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

const args = process.argv.slice(2);
const own = args.some((arg) => arg.startsWith('--reporter')) ? [`--reporter=${counts}`] : [];
const vitest = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args, ...own], { stdio: 'inherit' });

// In a terminal Ctrl-C has already reached vitest, and a second signal would make it quit at once.
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) vitest.kill('SIGINT');
});
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => vitest.kill(signal));
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) vitest.kill('SIGTERM');
}, 500).unref();

vitest.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
