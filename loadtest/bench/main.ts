import { descendants, type Platform, putBehindNginx, runCommand } from 'dev';
import { BENCH, benchOptions } from './flags.ts';
import type { BenchPlatform, PartProcesses } from './measure/platform.ts';
import { runBench } from './run-bench.ts';

await runCommand({
  command: BENCH,
  async run(flags, { startPlatform }) {
    const options = benchOptions(flags);
    console.log('Starting a private platform. Run nothing else on this machine during the bench.');
    const platform = await startPlatform({
      label: 'bench',
      gateways: options.form === 'scale' || options.form === 'room' ? 2 : 1,
      workers: options.form === 'scale' ? 2 : 1,
      env: {
        LOG_LEVEL: 'warn',
        NODE_ENV: 'production',
        INSECURE_DEMO: 'true',
        // The receiver is on this machine, and its orders are in no table that another listener could follow.
        ...(options.form === 'webhooks' ? { WEBHOOK_ALLOW_PRIVATE: 'true', LISTENERS: 'none' } : {}),
      },
      listenersApart: options.form === 'webhooks' ? ['webhooks'] : undefined,
      downstream: options.form === 'listeners' ? 'together' : undefined,
      // The sandbox runs in development only.
      envOf: (part) => (part === 'downstream' ? { NODE_ENV: 'development' } : {}),
      say: console.log,
    });
    const nginxUrl = options.form === 'table' ? await putBehindNginx(platform) : undefined;
    const sound = await runBench(options, { ...benchPlatform(platform), nginxUrl }, process.stdout);
    return sound ? 0 : 1;
  },
});

function benchPlatform({
  gatewayUrls,
  adminToken,
  tokenSecret,
  jwtSecret,
  servers,
  gateways,
  workers,
  listeners,
  payments,
  downstreamUrls,
}: Platform): Omit<BenchPlatform, 'nginxUrl'> {
  const part = (name: string, processes: readonly { pid?: number | undefined }[]): PartProcesses => ({
    part: name,
    pids: processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid, ...descendants(pid)])),
  });
  let settings: Record<string, string> | undefined;
  return {
    gatewayUrls,
    adminToken,
    tokenSecret,
    jwtSecret,
    databaseUrl: servers.postgres.url,
    redisUrl: servers.redis.url,
    natsUrl: servers.nats.url,
    ...(downstreamUrls === undefined ? {} : { hooksUrl: `${downstreamUrls.webhooks}/hooks` }),
    processes: () => [
      part('gateway', gateways),
      part('worker', workers),
      ...(listeners === undefined ? [] : [part('listeners', [listeners])]),
      part('redis', [servers.redis]),
      part('nats', [servers.nats]),
      part('postgres', [servers.postgres]),
      part('payments', [payments]),
    ],
    stopWorkers: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
    setWorkers: (next) => {
      settings = next;
    },
    startWorkers: async (count = workers.length) => {
      await Promise.all(
        workers
          .slice(0, count)
          .map((worker) => (worker.isRunning ? undefined : worker.start(settings === undefined ? {} : { env: settings }))),
      );
    },
  };
}
