import './lean-memory.ts';
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { configOrExit, connectNats, keepTicksFast, NatsTrouble, safeError, settleHeap } from 'seckill-core';
import { createPrisma, SESSION_LIMITS } from 'seckill-prisma';
import { readOnlyOrExit } from './command-line.ts';
import { readWorkerConfig } from './config.ts';
import { createFinder, createSinks } from './data-hub/configure-sinks.ts';
import { createListeners } from './listeners/configure-listeners.ts';
import { createProviders } from './payments/configure-providers.ts';
import { connectRedis } from './servers/connect-redis.ts';
import { readReadiness } from './servers/readiness.ts';
import { reportNats } from './servers/report-nats.ts';
import { shareConnections } from './servers/share-connections.ts';
import { waitForDatabase } from './servers/wait-for-database.ts';
import { startOnly, startWorker, type Worker } from './start-worker.ts';
import { serveMetrics } from './telemetry/serve-metrics.ts';
import { addProcessMetrics, createMetrics } from './telemetry/worker-metrics.ts';

/** Less than the 10 s that an orchestrator waits before it kills a process. */
const STOP_WITHIN_MS = 9_500;

keepTicksFast();
const only = readOnlyOrExit(process.argv.slice(2));
const config = configOrExit(() => readWorkerConfig(process.env, only));
const log = pino({ name: 'order-worker', level: config.logLevel, serializers: { err: safeError } });
const metrics = createMetrics();
addProcessMetrics(metrics);
const redis = connectRedis(config.redisUrl, log);
const { databaseUrl, directDatabaseUrl } = config;
const share = shareConnections(config.databaseConnections);
const { orders, reports: slow } = SESSION_LIMITS;
const prisma = createPrisma({ databaseUrl, max: share.orders, limits: orders });
const callPools = {
  buyers: createPrisma({ databaseUrl, max: share.buyers, limits: orders }),
  operators: createPrisma({ databaseUrl, max: share.operators, limits: slow }),
};
const reports = createPrisma({ databaseUrl, max: share.reports, limits: slow });
let worker: Worker | undefined;
const { natsUrl, natsCreds: credsFile, natsPrefix } = config;
const nats = new NatsTrouble(log);
const connecting = connectNats(natsUrl, 'seckill-order-worker', { credsFile, prefix: natsPrefix });
const http =
  config.port === 0
    ? undefined
    : await serveMetrics({ host: config.host, port: config.port }, metrics, () =>
        readReadiness({ nc: worker?.context.nc, nats, redis, prisma, worker }),
      );
const providers = await createProviders(config.providers, { publicUrl: config.publicUrl, log });

closeWithGrace({ delay: STOP_WITHIN_MS, logger: log }, async ({ err, signal }) => {
  if (err !== undefined) log.fatal({ err }, 'stopping after an error');
  else log.info({ signal }, 'stopping');
  await worker?.stop();
  await http?.stop();
  await worker?.context.nc.drain();
  await Promise.all([prisma, callPools.buyers, callPools.operators, reports].map((client) => client.$disconnect()));
  redis.disconnect();
  log.info({}, 'stopped');
});

const nc = await reportNats(connecting, log, nats);
await waitForDatabase({ databaseUrl, directUrl: directDatabaseUrl }, log);
const listeners = await createListeners(config.listeners, { nc, prisma, log, metrics, publicUrl: config.publicUrl });
const start = only === undefined ? startWorker : startOnly;
worker = await start({
  nc,
  redis,
  prisma,
  callPools,
  reports,
  databaseUrl: directDatabaseUrl ?? databaseUrl,
  providers,
  log,
  metrics,
  listeners,
  dataHub: { sinks: await createSinks(config.dataHub.sinks, { prisma: reports }), from: config.dataHub.from },
  finder: await createFinder(config.dataHub.search),
  orders: config.orders,
  hoardingPauseMs: config.hoardingPauseMs,
  webhooks: config.webhooks,
  sagas: config.sagas,
  streamReplicas: config.streamReplicas,
  streamStoreBytes: config.streamStoreBytes,
  natsPrefix,
});
settleHeap();
log.info({ port: http?.port }, 'ready');
