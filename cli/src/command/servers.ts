import { connect, type NatsConnection } from '@nats-io/transport-node';
import { DatabaseUrl, DEVELOPMENT_DATABASE_URL, natsOptions, readEnvironment, settings, withPrefix } from 'seckill-core';
import { Type } from 'typebox';
import { CommandFailed, type Terminal } from './command.ts';

const Environment = Type.Object({
  NATS_URL: settings.NATS_URL,
  NATS_CREDS: settings.NATS_CREDS,
  NATS_PREFIX: settings.NATS_PREFIX,
  REDIS_URL: settings.REDIS_URL,
  DATABASE_URL: Type.Optional(DatabaseUrl),
  DIRECT_DATABASE_URL: Type.Optional(DatabaseUrl),
});

export interface Servers {
  natsUrl: string;
  natsCreds: string | undefined;
  natsPrefix: string | undefined;
  redisUrl: string;
  databaseUrl: string;
  /** PostgreSQL itself, if `databaseUrl` leads to a pooler. */
  directDatabaseUrl: string | undefined;
  /** False if `databaseUrl` is only the development default. */
  databaseIsNamed: boolean;
}

/** The addresses in the environment, with the order worker's defaults. Throws {@link CommandFailed} with every fault. */
export function readServers({ env }: Pick<Terminal, 'env'>): Servers {
  const { values, faults } = readEnvironment(Environment, env);
  if (faults.length > 0) throw new CommandFailed(faults.join('\n'));
  return {
    natsUrl: values.NATS_URL,
    natsCreds: values.NATS_CREDS,
    natsPrefix: values.NATS_PREFIX,
    redisUrl: values.REDIS_URL,
    databaseUrl: values.DATABASE_URL ?? DEVELOPMENT_DATABASE_URL,
    directDatabaseUrl: values.DIRECT_DATABASE_URL,
    databaseIsNamed: values.DATABASE_URL !== undefined,
  };
}

/** Throws {@link CommandFailed} if NATS can't be reached; `why` says what the command needs it for. */
export async function openNats({ natsUrl, natsCreds, natsPrefix }: Servers, name: string, why: string): Promise<NatsConnection> {
  const options = { ...natsOptions(natsUrl, { credsFile: natsCreds }), name, timeout: 10_000, reconnect: false };
  const nc = await connect(options).catch((error) =>
    unreachable({ server: 'NATS', variable: 'NATS_URL', url: natsUrl, why }, error),
  );
  return natsPrefix === undefined ? nc : withPrefix(nc, natsPrefix);
}

export interface NeededServer {
  server: string;
  variable: string;
  url: string;
  /** A sentence that says what the command needs it for. */
  why: string;
}

export function unreachable({ server, variable, url, why }: NeededServer, error: Error): never {
  const { host } = new URL(url.split(',')[0] ?? '');
  const cause = error.message.trim().split('\n').at(-1);
  throw new CommandFailed(
    `Could not reach ${server} at ${host}: ${cause}\n${why} Set ${variable} to the platform's; \`npm start\` prints its own.`,
    { cause: error },
  );
}
