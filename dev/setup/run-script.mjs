import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './root.mjs';

/** Becomes the script as far as that is possible: its input, output, signals and exit code. */
export function runScript(script, args) {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: root,
    // The folder in which npm was called: relative file names in the arguments start there.
    env: { ...process.env, SECKILL_CALLED_FROM: process.env.INIT_CWD ?? process.cwd() },
    stdio: 'inherit',
  });
  // Ctrl-C in a terminal reaches the script as well, without our doing; scripts take a signal that comes twice as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`Could not start ${script}: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
  stopWithNpm(child);
}

/** A killed npm sends its children no signal; they only see that their parent has changed. */
function stopWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, 500).unref();
}
