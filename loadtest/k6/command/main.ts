import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type Platform, putBehindNginx, root, startPlatform, stopOnSignal } from 'dev';
import { BadFlag } from '../../demo/flags.ts';
import type { RunningPlatform } from '../../demo/run-demo.ts';
import { findK6, howToGetK6 } from './find-k6.ts';
import { K6_USAGE, type K6Options, k6Arguments, readK6Flags } from './flags.ts';

const options = readFlags();
const k6 = findK6(process.env);
if (k6 === undefined) {
  console.error(howToGetK6());
  process.exit(1);
}

let own: Promise<Platform> | undefined;
let stopping = false;
const stopPlatform = async () => (await own?.catch(() => undefined))?.stop();
stopOnSignal(async () => {
  stopping = true;
  await stopPlatform();
});

try {
  const code = await run(k6, k6Arguments(options, await findPlatform()));
  await stopPlatform();
  process.exit(code);
} catch (error) {
  if (!stopping) {
    console.error((error as Error).message);
    await stopPlatform();
    process.exit(1);
  }
}

async function findPlatform(): Promise<RunningPlatform> {
  if (options.gateway !== undefined) {
    return { gatewayUrls: [options.gateway], adminToken: process.env['ADMIN_TOKEN'] || 'development-admin-token' };
  }
  console.log('Starting a private platform (--gateway URL takes one that runs already).');
  own = startPlatform({
    useEnvironment: true,
    say: console.log,
    label: 'k6',
    env: { LOG_LEVEL: 'warn' },
    gateways: options.nginx ? 2 : 1,
  });
  if (!options.nginx) return own;
  const url = await putBehindNginx(await own);
  if (url === undefined) throw new Error('--nginx: there is no nginx on this machine (Debian, Ubuntu: apt-get install nginx).');
  return { ...(await own), gatewayUrls: [url] };
}

/** Ctrl-C reaches k6 by itself in a terminal; it then ends its run in order. */
function run(program: string, { args, env }: { args: string[]; env: Record<string, string> }): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
}

function readFlags(): K6Options {
  try {
    const flags = readK6Flags(process.argv.slice(2), process.env['SECKILL_CALLED_FROM'] ?? process.cwd());
    if (flags !== undefined) return flags;
    console.log(K6_USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof BadFlag)) throw error;
    console.error(`${error.message}.\n\n${K6_USAGE}`);
    process.exit(2);
  }
}
