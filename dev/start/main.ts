import { startPlatform } from '../platform/start-platform.ts';
import { stopOnSignal } from '../processes/stop-on-signal.ts';
import { freePort, isFree } from '../servers/free-port.ts';
import { readArguments, wholeNumber } from './arguments.ts';
import { createSampleSale } from './sample-sale.ts';
import { startSimulatedBuyers } from './simulated-buyers.ts';
import { walkThrough } from './walk-through.ts';

const settings = readArguments();

// Before anything runs: Ctrl-C during the start ends it as well.
let stop = async () => {};
let stopping = false;
stopOnSignal(
  async () => {
    stopping = true;
    console.log('\nStopping everything.');
    await stop();
  },
  { exitCode: 0 },
);

try {
  console.log('Starting Redis, NATS, PostgreSQL, gateway, worker and a sandbox payment provider.');
  const buyers = await startSimulatedBuyers(console.log);
  const platform = await startPlatform({
    gateways: settings.gateways,
    workers: settings.workers,
    port: await choosePort(),
    host: process.env['HOST'] || '127.0.0.1',
    env: { ...ownSecrets(), SIMULATED_BUYERS_URL: buyers.url },
    useEnvironment: true,
    say: console.log,
    label: 'start',
  });
  buyers.gateways = platform.gatewayUrls;
  stop = async () => {
    buyers.stop();
    await platform.stop();
  };
  const sale = settings.withSale ? await createSampleSale(platform, settings) : undefined;
  console.log(walkThrough(platform, sale));
} catch (error) {
  // What was being started when Ctrl-C came fails, of course.
  if (!stopping) {
    console.error((error as Error).message);
    await stop();
    process.exit(1);
  }
}

/** The one asked for (--port, PORT); else 3000, or another where that is taken. */
async function choosePort(): Promise<number> {
  const wanted = settings.port ?? (process.env['PORT'] ? wholeNumber('port', process.env['PORT'], 1) : undefined);
  if (wanted !== undefined) {
    if (await isFree(wanted)) return wanted;
    throw new Error(`Port ${wanted} is taken by another program. Choose another with --port.`);
  }
  if (await isFree(3000)) return 3000;
  const port = await freePort();
  console.log(`Port 3000 is taken by another program; the gateway gets ${port}.`);
  return port;
}

/** Secrets that the environment sets are kept, the others made anew. */
function ownSecrets(): Record<string, string> {
  const names = ['JWT_SECRET', 'TOKEN_SECRET', 'ADMIN_TOKEN', 'PAYMENT_WEBHOOK_SECRET'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
