import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ensureServers } from '../servers/start-servers.ts';

/** Named again where somebody asks for another reporter: the line with the counts is for every run. */
const counts = './dev/harness/count-reporter.ts';

try {
  // Here and not only in vitest's set-up, which would wrap the message into a stack.
  await ensureServers(console.log);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

const args = process.argv.slice(2);
const own = args.some((arg) => arg.startsWith('--reporter')) ? [`--reporter=${counts}`] : [];
const vitest = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args, ...own], { stdio: 'inherit' });

// In a terminal Ctrl-C has reached vitest already, and a second one means "at once" to it.
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) vitest.kill('SIGINT');
});
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => vitest.kill(signal));
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) vitest.kill('SIGTERM');
}, 500).unref();

vitest.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
