import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { migrate } from 'seckill-prisma';
import { freePort } from '../servers/free-port.ts';
import type { PostgresOptions } from '../servers/postgres.ts';
import { type RunningServers, startServers } from '../servers/start-servers.ts';
import { downstreamSettings } from './downstream-settings.ts';
import { createPart, type Part } from './part.ts';
import { paymentSettings } from './payment-settings.ts';
import { makeSecrets, type Secrets } from './secrets.ts';

export interface PlatformOptions {
  /** Processes of each kind. Default 1. */
  readonly gateways?: number;
  readonly workers?: number;
  /** Settings of every part. They override the ones made here. */
  readonly env?: Record<string, string>;
  /**
   * Settings of one part (`gateway-1`, `worker-1`, `payments`). They override all others: for example, a REDIS_URL that goes through a
   * failing proxy.
   */
  readonly envOf?: (part: string, servers: PlatformServers) => Record<string, string>;
  /** Port of the first gateway. Default: a free one. */
  readonly port?: number;
  readonly host?: string;
  /**
   * Payment providers, by name; the sandbox stands in for each. The first is the default. Default: `http`, unless the environment is used and has
   * PAYMENT_PROVIDERS: then the workers pay with these for real.
   */
  readonly providers?: readonly string[];
  /** Starts the downstream sandbox, and lets the workers tell it of orders. Default false. */
  readonly downstream?: boolean;
  readonly postgres?: PostgresOptions;
  /** Use REDIS_URL, NATS_URL and DATABASE_URL if they are set. Default false. */
  readonly useEnvironment?: boolean;
  readonly say?: (line: string) => void;
  /** Called if a part ends without having been stopped. Default: reports it with its last lines. */
  readonly onCrash?: (part: Part, how: string) => void;
  /** Part of the throw-away folder's name. */
  readonly label?: string;
}

export type PlatformServers = RunningServers<{ redis: object; nats: object; postgres: object }>;

export interface Platform {
  readonly gatewayUrls: readonly string[];
  readonly adminToken: string;
  readonly jwtSecret: string;
  readonly tokenSecret: string;
  readonly webhookSecret: string;
  readonly servers: PlatformServers;
  readonly gateways: readonly Part[];
  readonly workers: readonly Part[];
  /** The sandbox payment provider. */
  readonly payments: Part;
  readonly paymentsUrl: string;
  /** What follows orders, if it was asked for: its process, and its origin. */
  readonly downstream?: Part;
  readonly downstreamUrl?: string;
  /** The addresses of the workers' `/metrics`. */
  readonly workerUrls: readonly string[];
  /** Data and logs; a folder for each process with the file `log` in it. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** Servers, migrations, gateways, workers and a sandbox payment provider on this machine. Resolves when every part serves. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const { say = () => {}, useEnvironment = false, label = 'platform', host = '127.0.0.1' } = options;
  const servers = await startServers({ redis: {}, nats: {}, postgres: options.postgres ?? {} }, { useEnvironment, say, label });
  try {
    await migrate({ databaseUrl: servers.postgres.url });
    return await startParts(servers, { ...options, say, host });
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

async function startParts(servers: PlatformServers, options: PlatformOptions & { say: (line: string) => void; host: string }) {
  const { host, gateways: gatewayCount = 1, workers: workerCount = 1 } = options;
  const secrets = makeSecrets(options.env ?? {});
  const allPorts = await differentPorts(gatewayCount + workerCount + 1, options.port);
  const gatewayPorts = allPorts.slice(0, gatewayCount);
  const workerPorts = allPorts.slice(gatewayCount, -1);
  const reachableHost = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  const gatewayUrls = gatewayPorts.map((port) => `http://${reachableHost}:${port}`);
  const paymentsUrl = `http://127.0.0.1:${allPorts.at(-1)}`;

  const addresses = { gateway: gatewayUrls[0] ?? '', sandbox: paymentsUrl };
  const payment = await paymentSettings(options.providers, options.useEnvironment ? process.env : {}, addresses);

  const part = partMaker(servers, { ...options, secrets, paymentsUrl });

  const payments = part(
    'payments',
    'payment-sandbox/src/main.ts',
    {
      SANDBOX_PORT: new URL(paymentsUrl).port,
      SANDBOX_STATE_FILE: join(servers.folder.path, 'payments.jsonl'),
      ...payment.sandbox,
    },
    `${paymentsUrl}/healthz`,
  );
  const downstream = options.downstream === true ? await startableDownstream(part, servers) : undefined;
  const workers = workerPorts.map((port, index) =>
    part(
      `worker-${index + 1}`,
      'order-worker/src/main.ts',
      { WORKER_PORT: String(port), ...payment.workers, ...downstream?.workers },
      `http://127.0.0.1:${port}/readyz`,
    ),
  );
  const gateways = gatewayUrls.map((url, index) =>
    part(
      `gateway-${index + 1}`,
      'gateway/src/main.ts',
      { HOST: host, PORT: new URL(url).port, DEV_LOGIN: 'true' },
      `${url}/readyz`,
    ),
  );

  const sandboxes = downstream === undefined ? [payments] : [payments, downstream.part];
  const all = [...sandboxes, ...workers, ...gateways];
  const stop = async () => {
    // Gateways first: the workers then create the orders of the last wins, or leave those wins in the stream.
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all([...workers, ...sandboxes].map((each) => each.stop()));
    await servers.stop();
  };
  const started = await Promise.allSettled(all.map((each) => each.start()));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return {
    gatewayUrls,
    adminToken: secrets.ADMIN_TOKEN,
    jwtSecret: secrets.JWT_SECRET,
    tokenSecret: secrets.TOKEN_SECRET,
    webhookSecret: secrets.PAYMENT_WEBHOOK_SECRET,
    servers,
    gateways,
    workers,
    payments,
    paymentsUrl,
    ...(downstream === undefined ? {} : { downstream: downstream.part, downstreamUrl: downstream.url }),
    workerUrls: workerPorts.map((port) => `http://127.0.0.1:${port}`),
    folder: servers.folder.path,
    stop,
  } satisfies Platform;
}

type PartMaker = ReturnType<typeof partMaker>;

async function startableDownstream(part: PartMaker, servers: PlatformServers) {
  const [httpPort = 0, smtpPort = 0] = await differentPorts(2);
  const secret = randomBytes(32).toString('hex');
  const url = `http://127.0.0.1:${httpPort}`;
  const settings = {
    DOWNSTREAM_PORT: String(httpPort),
    DOWNSTREAM_SMTP_PORT: String(smtpPort),
    WAREHOUSE_SECRET: secret,
    DOWNSTREAM_STATE_FILE: join(servers.folder.path, 'downstream.jsonl'),
  };
  const started = part('downstream', 'downstream-sandbox/src/main.ts', settings, `${url}/healthz`);
  return { part: started, url, workers: downstreamSettings({ httpPort, smtpPort, secret }) };
}

/** Returns a function that creates a part with the settings that all parts share. */
function partMaker(
  servers: PlatformServers,
  {
    say,
    secrets,
    paymentsUrl,
    ...options
  }: PlatformOptions & { say: (line: string) => void; secrets: Secrets; paymentsUrl: string },
) {
  const shared = {
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
    REDIS_URL: servers.redis.url,
    NATS_URL: servers.nats.url,
    // Of another server.
    ...(servers.nats.isPrivate ? { NATS_PREFIX: '', NATS_CREDS: '' } : {}),
    DATABASE_URL: servers.postgres.url,
    PAYMENT_SANDBOX_URL: paymentsUrl,
    ...secrets,
  };
  return (name: string, script: string, own: Record<string, string>, readyUrl: string): Part =>
    createPart(servers.folder, {
      name,
      script,
      env: { ...shared, ...own, ...options.env, ...options.envOf?.(name, servers) },
      readyUrl,
      onCrash: options.onCrash ?? ((crashed, how) => say(`${name} ended unexpectedly (${how}).\n${crashed.lastLines()}`)),
    });
}

/** Returns `first`, if given, followed by free ports. */
async function differentPorts(count: number, first?: number): Promise<number[]> {
  const found = new Set<number>(first === undefined ? [] : [first]);
  while (found.size < count) found.add(await freePort());
  return [...found];
}
