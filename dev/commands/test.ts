import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ensureServers } from '../servers/start-servers.ts';

/** Also added to a reporter that the caller chooses, so that every run ends with the line of counts. */
const counts = './dev/harness/count-reporter.ts';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(`npm test -- [PATH …] [flags]
npm run test:fast -- [PATH …] [flags]

Runs the test files with PATH in their name, or all of them. test:fast leaves out outages, whole processes, browsers and nginx.
The last line is "N passed, N failed, N skipped".

TEST_SEED=N repeats the values of random tests; TEST_EFFORT=N multiplies their cases.

  -t PATTERN  only the tests whose names match
  --bail N    stop after N failed tests
  --help      print this

Other flags go to vitest; "npx vitest run --help" lists them.`);
  process.exit(0);
}

try {
  // Before vitest's own set-up, which would bury the message in a stack trace.
  await ensureServers(console.log);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

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
