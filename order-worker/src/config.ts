import envSchema from 'env-schema';
import { type Static, type TObject, Type } from 'typebox';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const Port = (port: number) => Type.Integer({ minimum: 0, maximum: 65_535, default: port, description: 'a port; 0 to 65535' });
const HttpUrl = { pattern: '^https?://', description: 'an address like http://127.0.0.1:3000' };

const Everywhere = {
  NODE_ENV: Type.String({ default: 'development' }),
  LOG_LEVEL: Type.Union(
    LEVELS.map((level) => Type.Literal(level)),
    { default: 'info', description: `one of ${LEVELS.join(', ')}` },
  ),
  HOST: Type.Optional(Type.String({ minLength: 1 })),
  PAYMENT_WEBHOOK_SECRET: Type.Optional(Type.String()),
  /** The gateway's; only to find it where PAYMENT_WEBHOOK_URL is not set. */
  PORT: Port(3_000),
  PAYMENT_WEBHOOK_URL: Type.Optional(Type.String(HttpUrl)),
  /** Where buyers' browsers find the sandbox, if that is not where it listens. */
  SANDBOX_PUBLIC_URL: Type.Optional(Type.String(HttpUrl)),
};

const WorkerEnvironment = Type.Object({
  ...Everywhere,
  REDIS_URL: Type.String({
    pattern: '^rediss?://',
    default: 'redis://127.0.0.1:6379',
    description: 'an address like redis://[user:password@]host:port[/database]',
  }),
  NATS_URL: Type.String({
    pattern: '^(nats|tls)://',
    default: 'nats://127.0.0.1:4222',
    description: 'an address like nats://[user:password@]host:port[,…]',
  }),
  DATABASE_URL: Type.Optional(
    Type.String({ pattern: '^postgres(ql)?://', description: 'an address like postgresql://user:password@host:port/database' }),
  ),
  DATABASE_CONNECTIONS: Type.Integer({ minimum: 4, maximum: 500, default: 12, description: 'a number from 4 to 500' }),
  ORDER_BATCH_SIZE: Type.Integer({ minimum: 1, maximum: 5_000, default: 500, description: 'a number from 1 to 5000' }),
  ORDER_PAUSE_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 0, description: 'milliseconds, 0 to 60000' }),
  ORDER_CONCURRENCY: Type.Integer({ minimum: 1, maximum: 16, default: 2, description: 'a number from 1 to 16' }),
  WORKER_PORT: Port(0),
  STREAM_REPLICAS: Type.Integer({ minimum: 1, maximum: 5, default: 1, description: 'a number from 1 to 5' }),
  PAYMENT_SANDBOX_URL: Type.Optional(Type.String(HttpUrl)),
  /** Of the sandbox that the worker starts in its own process. */
  SANDBOX_PORT: Port(0),
});

const SandboxEnvironment = Type.Object({ ...Everywhere, SANDBOX_PORT: Port(3_900) });

/** Known to everybody who reads this file, so refused outside of development. */
const DEVELOPMENT_WEBHOOK_SECRET = 'development-payment-webhook-secret';
const DEVELOPMENT_DATABASE_URL = 'postgresql://seckill:seckill@127.0.0.1:5432/seckill';

interface SandboxSettings {
  host: string;
  port: number;
  publicUrl: string | undefined;
  webhookUrl: string;
  webhookSecret: string;
}

export interface SandboxConfig extends SandboxSettings {
  logLevel: string;
}

export interface WorkerConfig {
  logLevel: string;
  host: string;
  /** Metrics and health over HTTP; 0: none. */
  port: number;
  redisUrl: string;
  natsUrl: string;
  databaseUrl: string;
  databaseConnections: number;
  orders: { batchSize: number; pauseMs: number; concurrency: number };
  streamReplicas: number;
  /** The sandbox's address, or how to start one in this process (development only). */
  sandbox: string | SandboxSettings;
}

/** What is wrong with the environment, all of it, a sentence each. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
  readonly faults: readonly string[];

  constructor(process: string, faults: readonly string[]) {
    super(`The ${process} cannot start with this environment:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** Any other name (`production`, `staging`, a typing error) means that real buyers may come. */
function isDevelopment(nodeEnv: string): boolean {
  return nodeEnv === 'development' || nodeEnv === 'test';
}

/** Throws one {@link ConfigFault} that lists every fault. */
export function readWorkerConfig(env: NodeJS.ProcessEnv = process.env): WorkerConfig {
  const { values, faults } = check<Static<typeof WorkerEnvironment>>(WorkerEnvironment, env);
  const production = !isDevelopment(values.NODE_ENV);
  if (production) {
    const { DATABASE_URL: url } = values;
    if (url === undefined)
      faults.push('DATABASE_URL is not set. It holds a password, so outside of development it has no default.');
    else if (url === DEVELOPMENT_DATABASE_URL) faults.push('DATABASE_URL is the development default, which everybody knows.');
    if (values.PAYMENT_SANDBOX_URL === undefined) {
      faults.push('PAYMENT_SANDBOX_URL is not set. Only in development does the worker start a payment sandbox of its own.');
    }
  }
  if (faults.length > 0) throw new ConfigFault('order worker', faults);
  const host = values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1');
  return {
    logLevel: values.LOG_LEVEL,
    host,
    port: values.WORKER_PORT,
    redisUrl: values.REDIS_URL,
    natsUrl: values.NATS_URL,
    databaseUrl: values.DATABASE_URL ?? DEVELOPMENT_DATABASE_URL,
    databaseConnections: values.DATABASE_CONNECTIONS,
    orders: { batchSize: values.ORDER_BATCH_SIZE, pauseMs: values.ORDER_PAUSE_MS, concurrency: values.ORDER_CONCURRENCY },
    streamReplicas: values.STREAM_REPLICAS,
    sandbox: values.PAYMENT_SANDBOX_URL ?? sandboxSettings(values, host),
  };
}

/** Throws one {@link ConfigFault} that lists every fault. */
export function readSandboxConfig(env: NodeJS.ProcessEnv = process.env): SandboxConfig {
  const { values, faults } = check<Static<typeof SandboxEnvironment>>(SandboxEnvironment, env);
  const production = !isDevelopment(values.NODE_ENV);
  const secret = values.PAYMENT_WEBHOOK_SECRET;
  if (production && secret === undefined) {
    faults.push('PAYMENT_WEBHOOK_SECRET is not set. Outside of development it has to be a secret of your own.');
  }
  if (production && secret === DEVELOPMENT_WEBHOOK_SECRET) {
    faults.push('PAYMENT_WEBHOOK_SECRET is the development default, which everybody knows. Set your own.');
  }
  if (faults.length > 0) throw new ConfigFault('payment sandbox', faults);
  return { logLevel: values.LOG_LEVEL, ...sandboxSettings(values, values.HOST ?? (production ? '0.0.0.0' : '127.0.0.1')) };
}

function sandboxSettings(values: Static<typeof SandboxEnvironment>, host: string): SandboxSettings {
  return {
    host,
    port: values.SANDBOX_PORT,
    publicUrl: values.SANDBOX_PUBLIC_URL,
    webhookUrl: values.PAYMENT_WEBHOOK_URL ?? `http://127.0.0.1:${values.PORT}/api/payments/webhook`,
    webhookSecret: values.PAYMENT_WEBHOOK_SECRET ?? DEVELOPMENT_WEBHOOK_SECRET,
  };
}

/** What fits the schema; where something does not, what can be read in spite of it, so that the other faults are found as well. */
function check<Values>(schema: TObject, env: NodeJS.ProcessEnv): { values: Values; faults: string[] } {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const read = (data: Record<string, unknown>) =>
    envSchema<Values>({ schema: structuredClone(schema), data: { ...data }, env: false });
  try {
    return { values: read(given), faults: [] };
  } catch (error) {
    const wrong = new Set((error as { errors?: { instancePath: string }[] }).errors?.map((each) => each.instancePath.slice(1)));
    if (wrong.size === 0) throw error;
    const faults = Array.from(wrong, (name) => {
      const { description = 'of another form' } = (schema.properties[name] ?? {}) as { description?: string };
      return `${name} has to be ${description}; it is "${given[name]}".`;
    });
    return { values: read(Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name)))), faults };
  }
}
