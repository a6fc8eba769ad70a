import { flag } from 'seckill-core';
import { providerNames } from '../platform/provider-names.ts';
import { runCommand } from '../platform/run-command.ts';
import { freePort, isFree } from '../servers/free-port.ts';
import { openSampleSale } from './sample-sale.ts';
import { startSimulatedBuyers } from './simulated-buyers.ts';
import { walkThrough } from './walk-through.ts';

const command = {
  usage: 'npm start -- [flags]',
  flags: {
    startsInSeconds: flag.whole('seconds until the sample sale starts', {
      flag: 'starts-in',
      value: 'SECONDS',
      from: 0,
      default: 120,
    }),
    stock: flag.whole('units of the sample sale', { default: 100 }),
    payTimeoutSeconds: flag.whole('time to pay before an order is cancelled', {
      flag: 'pay-timeout',
      value: 'SECONDS',
      default: 60,
    }),
    gateways: flag.whole('gateway processes', { default: 1 }),
    workers: flag.whole('worker processes', { default: 1 }),
    port: flag.whole('port of the first gateway (default PORT, or 3000 if it is free)', { to: 65_535 }),
    providers: providerNames('payment providers that the sandbox stands in for (default http)', 'provider'),
    noSale: flag.toggle('open no sample sale'),
  },
};

await runCommand({
  command,
  exitCodeAtStop: 0,
  async run({ gateways, workers, port, noSale, providers, ...sampleSale }, run) {
    run.signal.addEventListener('abort', () => console.log('\nStopping everything.'));
    console.log('Starting Redis, NATS, PostgreSQL, gateway, worker and a sandbox payment provider.');
    const buyers = await startSimulatedBuyers(console.log);
    const platform = await run.startPlatform({
      gateways,
      workers,
      ...(providers === undefined ? {} : { providers }),
      port: await choosePort(port),
      host: process.env['HOST'] || '127.0.0.1',
      env: { ...secretsInEnvironment(), SIMULATED_BUYERS_URL: buyers.url },
      useEnvironment: true,
      say: console.log,
      label: 'start',
    });
    buyers.gateways = platform.gatewayUrls;
    run.atEnd(() => buyers.stop());
    const sale = noSale
      ? undefined
      : await openSampleSale(platform, { ...sampleSale, currency: providers === undefined ? 'EUR' : 'CNY' });
    console.log(walkThrough(platform, sale, providers === undefined));
    return undefined;
  },
});

/** Returns the port asked for (--port, PORT); else 3000, or a free one if 3000 is taken. */
async function choosePort(asked: number | undefined): Promise<number> {
  const wanted = asked ?? (process.env['PORT'] ? Number(process.env['PORT']) : undefined);
  if (wanted !== undefined) {
    if (!Number.isInteger(wanted) || wanted < 1) throw new Error(`PORT has to be a port number, not "${process.env['PORT']}".`);
    if (await isFree(wanted)) return wanted;
    throw new Error(`Port ${wanted} is taken by another program. Choose another with --port.`);
  }
  if (await isFree(3000)) return 3000;
  const port = await freePort();
  console.log(`Port 3000 is taken by another program; the gateway gets ${port}.`);
  return port;
}

/** Secrets that the environment sets are kept; the platform generates the others. */
function secretsInEnvironment(): Record<string, string> {
  const names = ['JWT_SECRET', 'TOKEN_SECRET', 'ADMIN_TOKEN', 'PAYMENT_WEBHOOK_SECRET'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
