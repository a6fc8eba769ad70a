import {
  ConfigFault,
  DatabaseUrl,
  DEVELOPMENT_DATABASE_URL,
  HttpUrl,
  hostOf,
  isDevelopment,
  Port,
  readEnvironment,
  settings,
} from 'seckill-core';
import { Type } from 'typebox';
import type { Only } from './command-line.ts';
import { type ConfiguredSink, readSearch, readSinks } from './data-hub/configure-sinks.ts';
import { type ConfiguredListener, readListeners } from './listeners/configure-listeners.ts';
import { type ConfiguredProvider, readProviders } from './payments/configure-providers.ts';
import { readSagas, type SagaSettings } from './sagas/configure-sagas.ts';
import { readWebhookSettings, type WebhookSettings } from './webhooks/webhook-settings.ts';

const Environment = Type.Object({
  ...settings,
  DATABASE_URL: Type.Optional(DatabaseUrl),
  DIRECT_DATABASE_URL: Type.Optional(DatabaseUrl),
  DATABASE_CONNECTIONS: Type.Integer({ minimum: 4, maximum: 500, default: 15, description: 'a number from 4 to 500' }),
  ORDER_BATCH_SIZE: Type.Integer({ minimum: 1, maximum: 5_000, default: 500, description: 'a number from 1 to 5000' }),
  ORDER_PAUSE_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 0, description: 'milliseconds, 0 to 60000' }),
  ORDER_PRIORITY_WEIGHT: Type.Integer({ minimum: 1, maximum: 1_000, default: 9, description: 'a number from 1 to 1000' }),
  ORDER_CONCURRENCY: Type.Integer({ minimum: 1, maximum: 16, default: 2, description: 'a number from 1 to 16' }),
  HOARDING_PAUSE_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 2_000, description: 'milliseconds, 0 to 60000' }),
  WORKER_PORT: Port(0),
  STREAM_REPLICAS: Type.Optional(Type.Integer({ minimum: 1, maximum: 5, description: 'a number from 1 to 5' })),
  STREAM_STORE_BYTES: Type.Optional(Type.Integer({ minimum: 16_777_216, description: 'a number of bytes, at least 16777216' })),
  PAYMENT_PROVIDERS: Type.String({
    pattern: '^[a-z0-9-]+(,[a-z0-9-]+)*$',
    default: 'http',
    description: 'names of providers, separated by commas, the usual one first',
  }),
  LISTENERS: Type.Optional(
    Type.String({
      pattern: '^(none|[a-z0-9-]+(,[a-z0-9-]+)*)$',
      description: 'names of listeners, separated by commas, or "none"',
    }),
  ),
  DATA_HUB_SINKS: Type.Optional(
    Type.String({
      pattern: '^(none|[a-z0-9-]+(,[a-z0-9-]+)*)$',
      description: 'names of sinks, separated by commas, or "none"',
    }),
  ),
  DATA_HUB_FROM: Type.Union([Type.Literal('beginning'), Type.Literal('now')], {
    default: 'beginning',
    description: 'beginning or now',
  }),
  PUBLIC_URL: Type.Optional(HttpUrl),
  /** The gateway's port. Locates it in development if PUBLIC_URL is not set. */
  PORT: Port(3_000),
});

export interface WorkerConfig {
  logLevel: string;
  host: string;
  /** Port for metrics and health over HTTP; 0 turns them off. */
  port: number;
  redisUrl: string;
  natsUrl: string;
  natsCreds: string | undefined;
  natsPrefix: string | undefined;
  databaseUrl: string;
  /** For what needs a session, if `databaseUrl` leads to a pooler. */
  directDatabaseUrl: string | undefined;
  databaseConnections: number;
  orders: { batchSize: number; pauseMs: number; concurrency: number; priorityWeight: number };
  /** The first pause of a buyer who gives units back without paying, ms; 0 for none. The same in every worker. */
  hoardingPauseMs: number;
  /** Unless set, a new stream has one, and an existing one keeps what it has. */
  streamReplicas: number | undefined;
  /** Unless set, what the store has room for. */
  streamStoreBytes: number | undefined;
  /** The usual one first. */
  providers: readonly ConfiguredProvider[];
  /** Those that this process runs. */
  listeners: readonly ConfiguredListener[];
  /** For operators' calls, which every worker serves. */
  webhooks: WebhookSettings;
  /** Undefined if there are none. */
  sagas: SagaSettings | undefined;
  /** What the data hub feeds, the beginning of a new sink, and the sink that the search of orders reads. */
  dataHub: { sinks: readonly ConfiguredSink[]; from: 'beginning' | 'now'; search: ConfiguredSink | undefined };
  /** The address of the shop for buyers' browsers and for the providers' servers, without a slash at the end. */
  publicUrl: string;
}

/**
 * `only` names the listeners and sinks of a process that runs nothing else: it needs no payment provider. Throws one {@link ConfigFault} that lists every fault.
 */
export function readWorkerConfig(env: NodeJS.ProcessEnv = process.env, only?: Only): WorkerConfig {
  const { values, faults } = readEnvironment(Environment, env);
  if (!isDevelopment(values.NODE_ENV)) {
    const { DATABASE_URL: url } = values;
    if (url === undefined) faults.push('DATABASE_URL is not set. It holds a password, so it has no default outside development.');
    else if (url === DEVELOPMENT_DATABASE_URL)
      faults.push('DATABASE_URL is the development default, which is public. Set your own.');
  }
  const inDevelopment = isDevelopment(values.NODE_ENV);
  const named = only === undefined ? values.PAYMENT_PROVIDERS.split(',') : [];
  const { providers, faults: ofProviders } = readProviders(named, env, inDevelopment);
  const { listeners, faults: ofListeners } = readListeners(env, inDevelopment, only?.listeners ?? namesOf(values.LISTENERS));
  const { webhooks, faults: ofWebhooks } = readWebhookSettings(env);
  const { sagas, faults: ofSagas } = readSagas(env);
  const { sinks, faults: ofSinks } = readSinks(env, only?.sinks ?? namesOf(values.DATA_HUB_SINKS));
  const { search, faults: ofSearch } = only === undefined ? readSearch(env) : { search: undefined, faults: [] };
  faults.push(...ofProviders, ...ofListeners, ...ofWebhooks, ...ofSagas, ...ofSinks, ...ofSearch);
  // The listener of webhooks has the same settings, and the search those of its sink: they say the same of them.
  if (faults.length > 0) throw new ConfigFault('order worker', [...new Set(faults)]);
  return {
    logLevel: values.LOG_LEVEL,
    host: hostOf(values),
    port: values.WORKER_PORT,
    redisUrl: values.REDIS_URL,
    natsUrl: values.NATS_URL,
    natsCreds: values.NATS_CREDS,
    natsPrefix: values.NATS_PREFIX,
    databaseUrl: values.DATABASE_URL ?? DEVELOPMENT_DATABASE_URL,
    directDatabaseUrl: values.DIRECT_DATABASE_URL,
    databaseConnections: values.DATABASE_CONNECTIONS,
    orders: {
      batchSize: values.ORDER_BATCH_SIZE,
      pauseMs: values.ORDER_PAUSE_MS,
      concurrency: values.ORDER_CONCURRENCY,
      priorityWeight: values.ORDER_PRIORITY_WEIGHT,
    },
    hoardingPauseMs: values.HOARDING_PAUSE_MS,
    streamReplicas: values.STREAM_REPLICAS,
    streamStoreBytes: values.STREAM_STORE_BYTES,
    providers,
    listeners,
    webhooks,
    sagas,
    dataHub: { sinks, from: values.DATA_HUB_FROM, search },
    publicUrl: (values.PUBLIC_URL ?? `http://127.0.0.1:${values.PORT}`).replace(/\/$/, ''),
  };
}

const namesOf = (names: string | undefined): string[] | undefined => (names === 'none' ? [] : names?.split(','));
