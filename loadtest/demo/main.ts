import { type Platform, startPlatform, stopOnSignal } from 'dev';
import { BadFlag, DEMO_USAGE, type DemoOptions, readDemoFlags } from './flags.ts';
import { runDemo } from './run-demo.ts';

const options = readFlags();

const running = new AbortController();
let platform: Promise<Platform> | undefined;
const stopPlatform = async () => (await platform?.catch(() => undefined))?.stop();
// Before anything runs: Ctrl-C during the start ends it as well.
stopOnSignal(async () => {
  running.abort();
  await stopPlatform();
});

try {
  const holds = await runDemo(options, {
    output: process.stdout,
    signal: running.signal,
    startPlatform: (say) => {
      platform = startPlatform({ useEnvironment: true, say, label: 'demo', env: { LOG_LEVEL: 'warn' } });
      return platform;
    },
  });
  await stopPlatform();
  process.exit(holds ? 0 : 1);
} catch (error) {
  // What was under way when Ctrl-C came fails, of course.
  if (!running.signal.aborted) {
    console.error(`The demo could not be run to its end: ${(error as Error).message}`);
    await stopPlatform();
    process.exit(1);
  }
}

function readFlags(): DemoOptions {
  try {
    const flags = readDemoFlags(process.argv.slice(2), process.env['SECKILL_CALLED_FROM'] ?? process.cwd());
    if (flags !== undefined) return flags;
    console.log(DEMO_USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof BadFlag)) throw error;
    console.error(`${error.message}.\n\n${DEMO_USAGE}`);
    process.exit(2);
  }
}
