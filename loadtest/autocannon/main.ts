import { type Platform, startPlatform, stopOnSignal } from 'dev';
import { BadFlag } from '../demo/flags.ts';
import type { RunningPlatform } from '../demo/run-demo.ts';
import { LOAD_USAGE, type LoadOptions, readLoadFlags } from './flags.ts';
import { runLoad } from './run-load.ts';

const options = readFlags();

let own: Promise<Platform> | undefined;
let stopping = false;
const stopPlatform = async () => (await own?.catch(() => undefined))?.stop();
stopOnSignal(async () => {
  stopping = true;
  await stopPlatform();
});

try {
  const balanced = await runLoad(options, await findPlatform(), process.stdout);
  await stopPlatform();
  process.exit(balanced ? 0 : 1);
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
  own = startPlatform({ useEnvironment: true, say: console.log, label: 'load', env: { LOG_LEVEL: 'warn' } });
  return own;
}

function readFlags(): LoadOptions {
  try {
    const flags = readLoadFlags(process.argv.slice(2));
    if (flags !== undefined) return flags;
    console.log(LOAD_USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof BadFlag)) throw error;
    console.error(`${error.message}.\n\n${LOAD_USAGE}`);
    process.exit(2);
  }
}
