import { join } from 'node:path';
import { migrate } from 'seckill-prisma';
import { freePort } from '../servers/free-port.ts';
import type { PostgresOptions } from '../servers/postgres.ts';
import { type RunningServers, startServers } from '../servers/start-servers.ts';
import { differentPorts } from './different-ports.ts';
import { type Downstream, startableDownstream } from './downstream.ts';
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
  /** Starts the downstream sandbox, and lets the workers tell it of orders. `apart`: a process for each of its services. Default: none. */
  readonly downstream?: 'together' | 'apart' | undefined;
  /** Listeners that a process beside the workers runs, by name. The workers' LISTENERS should leave them out. Default: no such process. */
  readonly listenersApart?: readonly string[] | undefined;
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
  /** What follows orders, if it was asked for: the process of each service, and its origin. */
  readonly downstream?: Downstream['parts'];
  readonly downstreamUrls?: Downstream['urls'];
  /** Runs the listeners that do not run in the workers, if there are any. */
  readonly listeners?: Part;
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
  const downstream = options.downstream && (await startableDownstream(part, servers.folder.path, options.downstream));
  const { workers, listeners } = await makeWorkers(part, workerPorts, {
    env: { ...payment.workers, ...downstream?.workers },
    listenersApart: options.listenersApart,
  });
  const gateways = gatewayUrls.map((url, index) =>
    part(
      `gateway-${index + 1}`,
      'gateway/src/main.ts',
      { HOST: host, PORT: new URL(url).port, DEV_LOGIN: 'true' },
      `${url}/readyz`,
    ),
  );

  const sandboxes = [payments, ...new Set(Object.values(downstream?.parts ?? {}))];
  const consumers = [...workers, ...(listeners === undefined ? [] : [listeners])];
  const all = [...sandboxes, ...consumers, ...gateways];
  const stop = async () => {
    // Gateways first: the workers then create the orders of the last wins, or leave those wins in the stream.
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await Promise.all([...consumers, ...sandboxes].map((each) => each.stop()));
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
    ...(downstream === undefined ? {} : { downstream: downstream.parts, downstreamUrls: downstream.urls }),
    ...(listeners === undefined ? {} : { listeners }),
    workerUrls: workerPorts.map((port) => `http://127.0.0.1:${port}`),
    folder: servers.folder.path,
    stop,
  } satisfies Platform;
}

/** The workers, and the process that runs listeners beside them, if there is one. */
async function makeWorkers(
  part: ReturnType<typeof partMaker>,
  ports: readonly number[],
  { env, listenersApart }: { env: Record<string, string>; listenersApart: readonly string[] | undefined },
): Promise<{ workers: Part[]; listeners: Part | undefined }> {
  const make = (name: string, port: number, args: readonly string[] = []) =>
    part(name, 'order-worker/src/main.ts', { ...env, WORKER_PORT: String(port) }, `http://127.0.0.1:${port}/readyz`, args);
  const workers = ports.map((port, index) => make(`worker-${index + 1}`, port));
  if (listenersApart === undefined) return { workers, listeners: undefined };
  const only = listenersApart.map((name) => `listeners/${name}`).join(',');
  return { workers, listeners: make('listeners', await freePort(), ['--only', only]) };
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
  return (name: string, script: string, own: Record<string, string>, readyUrl: string, args: readonly string[] = []): Part =>
    createPart(servers.folder, {
      name,
      script,
      args,
      env: { ...shared, ...own, ...options.env, ...options.envOf?.(name, servers) },
      readyUrl,
      onCrash: options.onCrash ?? ((crashed, how) => say(`${name} ended unexpectedly (${how}).\n${crashed.lastLines()}`)),
    });
}
