import { descendants, type Platform, putBehindNginx, startPlatform, stopOnSignal } from 'dev';
import { BadFlag } from '../demo/flags.ts';
import { BENCH_USAGE, type BenchOptions, readBenchFlags } from './flags.ts';
import type { BenchPlatform, PartProcesses } from './platform.ts';
import { runBench } from './run-bench.ts';

const options = readFlags();

let platform: Promise<Platform> | undefined;
let stopping = false;
const stopPlatform = async () => (await platform?.catch(() => undefined))?.stop();
stopOnSignal(async () => {
  stopping = true;
  await stopPlatform();
});

try {
  console.log('Starting a private platform. Nothing else should run on this machine meanwhile.');
  const twice = options.form === 'scale' ? 2 : 1;
  platform = startPlatform({
    label: 'bench',
    gateways: twice,
    workers: twice,
    env: { LOG_LEVEL: 'warn', NODE_ENV: 'production' },
    say: console.log,
  });
  const nginxUrl = options.form === 'table' ? await putBehindNginx(await platform) : undefined;
  const sound = await runBench(options, { ...benchPlatform(await platform), nginxUrl }, process.stdout);
  await stopPlatform();
  process.exit(sound ? 0 : 1);
} catch (error) {
  if (!stopping) {
    console.error(error);
    await stopPlatform();
    process.exit(1);
  }
}

function benchPlatform({
  gatewayUrls,
  adminToken,
  tokenSecret,
  servers,
  gateways,
  workers,
  payments,
}: Platform): Omit<BenchPlatform, 'nginxUrl'> {
  const part = (name: string, pids: readonly (number | undefined)[]): PartProcesses => ({
    part: name,
    pids: pids.flatMap((pid) => (pid === undefined ? [] : [pid, ...descendants(pid)])),
  });
  return {
    gatewayUrls,
    adminToken,
    tokenSecret,
    databaseUrl: servers.postgres.url,
    redisUrl: servers.redis.url,
    natsUrl: servers.nats.url,
    processes: () => [
      part(
        'gateway',
        gateways.map(({ pid }) => pid),
      ),
      part(
        'worker',
        workers.map(({ pid }) => pid),
      ),
      part('redis', [servers.redis.pid]),
      part('nats', [servers.nats.pid]),
      part('postgres', [servers.postgres.pid]),
      part('payments', [payments.pid]),
    ],
    stopWorkers: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
    startWorkers: async (count = workers.length) => {
      await Promise.all(workers.slice(0, count).map((worker) => (worker.isRunning ? undefined : worker.start())));
    },
  };
}

function readFlags(): BenchOptions {
  try {
    const flags = readBenchFlags(process.argv.slice(2), process.env['SECKILL_CALLED_FROM'] ?? process.cwd());
    if (flags !== undefined) return flags;
    console.log(BENCH_USAGE);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof BadFlag)) throw error;
    console.error(`${error.message}.\n\n${BENCH_USAGE}`);
    process.exit(2);
  }
}
