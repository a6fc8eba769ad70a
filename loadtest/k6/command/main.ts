import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { putBehindNginx, type Run, root, runCommand } from 'dev';
import type { RunningPlatform } from 'simulation';
import { findPlatform } from '../../command/find-platform.ts';
import { findK6, howToGetK6 } from './find-k6.ts';
import { K6, type K6Options, k6Arguments, k6Options } from './flags.ts';

await runCommand({
  command: K6,
  async run(flags, run, words) {
    const options = k6Options(flags, words);
    const k6 = findK6(process.env);
    if (k6 === undefined) throw new Error(howToGetK6());
    return runK6(k6, k6Arguments(options, await platformFor(options, run)));
  },
});

async function platformFor({ gateway, nginx }: K6Options, run: Run): Promise<RunningPlatform> {
  if (!nginx) return findPlatform(gateway, run, { label: 'k6' });
  const platform = await run.startPlatform({
    useEnvironment: true,
    say: console.log,
    label: 'k6',
    env: { LOG_LEVEL: 'warn' },
    gateways: 2,
  });
  const url = await putBehindNginx(platform);
  if (url === undefined) throw new Error('--nginx: there is no nginx on this machine (Debian, Ubuntu: apt-get install nginx).');
  return { ...platform, gatewayUrls: [url] };
}

/** Resolves with k6's exit code. In a terminal, Ctrl-C also reaches k6, which then finishes its run cleanly. */
function runK6(program: string, { args, env }: { args: string[]; env: Record<string, string> }): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
}
