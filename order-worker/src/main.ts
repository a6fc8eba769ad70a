import './lean-memory.ts';
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { connectNats, settleHeap } from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { ConfigFault, readWorkerConfig, type WorkerConfig } from './config.ts';
import { connectRedis } from './connections/connect-redis.ts';
import { reportNats } from './connections/report-nats.ts';
import { readReadiness } from './health.ts';
import { serveMetrics } from './metrics/serve-metrics.ts';
import { addProcessMetrics, createMetrics } from './metrics/worker-metrics.ts';
import { startSandbox } from './payments/sandbox/start-sandbox.ts';
import { SandboxProvider } from './payments/sandbox-provider.ts';
import { startWorker, type Worker } from './start-worker.ts';

/** Less than the 10 s that an orchestrator waits before it kills. */
const LEAVE_WITHIN_MS = 9_500;

const config = read();
const log = pino({ name: 'order-worker', level: config.logLevel });
const metrics = createMetrics();
addProcessMetrics(metrics);
const redis = connectRedis(config.redisUrl, log);
const prisma = createPrisma({ databaseUrl: config.databaseUrl, max: config.databaseConnections });
let worker: Worker | undefined;
const connecting = connectNats(config.natsUrl, 'seckill-order-worker');
const http =
  config.port === 0
    ? undefined
    : await serveMetrics({ host: config.host, port: config.port }, metrics, () =>
        readReadiness(worker !== undefined, { nc: worker?.context.nc, redis, prisma }),
      );
const sandbox = typeof config.sandbox === 'string' ? undefined : await startSandbox({ ...config.sandbox, log });
const provider = new SandboxProvider(typeof config.sandbox === 'string' ? config.sandbox : (sandbox?.url ?? ''));

closeWithGrace({ delay: LEAVE_WITHIN_MS, logger: log }, async ({ err, signal }) => {
  if (err !== undefined) log.fatal({ err }, 'stopping after a fault');
  else log.info({ signal }, 'stopping');
  await worker?.stop();
  await sandbox?.stop();
  await http?.stop();
  await worker?.context.nc.drain();
  await prisma.$disconnect();
  redis.disconnect();
  log.info({}, 'stopped');
});

const nc = await reportNats(connecting, log);
worker = await startWorker({
  nc,
  redis,
  prisma,
  databaseUrl: config.databaseUrl,
  provider,
  log,
  metrics,
  orders: config.orders,
  streamReplicas: config.streamReplicas,
});
settleHeap();
log.info({ sandbox: sandbox?.url, port: http?.port }, 'ready');

function read(): WorkerConfig {
  try {
    return readWorkerConfig();
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
