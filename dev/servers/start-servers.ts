import { ThrowAwayFolder } from '../processes/throw-away-folder.ts';
import { foreignUrl, useForeignServer, variables } from './foreign-server.ts';
import type { ServerName } from './how-to-install.ts';
import { type NatsOptions, type NatsServer, startNats } from './nats.ts';
import { type PostgresOptions, startPostgres } from './postgres.ts';
import { ensurePrograms } from './programs.ts';
import { type RedisOptions, startRedis } from './redis.ts';
import type { Server } from './server.ts';

export interface ServersWanted {
  redis?: RedisOptions;
  nats?: NatsOptions;
  postgres?: PostgresOptions;
}

export type RunningServers<Wanted extends ServersWanted> = {
  [Name in keyof Wanted & ServerName]: Name extends 'nats' ? NatsServer : Server;
} & {
  readonly folder: ThrowAwayFolder;
  /** Stops them in order and deletes the folder. */
  stop(): Promise<void>;
};

export interface StartOptions {
  /** Use the servers of REDIS_URL, NATS_URL and DATABASE_URL if they are set. Default false: private servers. */
  readonly useEnvironment?: boolean;
  /** Receives one line for each step that takes a while. */
  readonly say?: (line: string) => void;
  /** Part of the folder's name. */
  readonly label?: string;
}

const allNames = ['redis', 'nats', 'postgres'] as const;

/**
 * Makes sure that the programs of all servers that the environment does not name are installed. Throws a message that says how to get them.
 */
export async function ensureServers(say: (line: string) => void): Promise<void> {
  const ours = allNames.filter((name) => foreignUrl(name) === undefined);
  await ensurePrograms(ours, say);
}

/**
 * Starts private servers on free ports of the loopback interface, with their data in a throw-away folder, and
 * resolves when all serve. They and the folder are gone after `stop()` and after any end of this process.
 */
export async function startServers<Wanted extends ServersWanted>(
  wanted: Wanted,
  { useEnvironment = false, say = () => {}, label = 'servers' }: StartOptions = {},
): Promise<RunningServers<Wanted>> {
  const names = allNames.filter((name) => wanted[name] !== undefined);
  const foreign = (name: ServerName) => (useEnvironment ? foreignUrl(name) : undefined);
  const ours = names.filter((name) => foreign(name) === undefined);
  await ensurePrograms(ours, say);

  const folder = new ThrowAwayFolder(label);
  const start = {
    redis: () => startRedis(folder, wanted.redis),
    nats: () => startNats(folder, wanted.nats),
    postgres: () => startPostgres(folder, wanted.postgres),
  };
  const startOrUse = async (name: ServerName): Promise<[ServerName, Server]> => {
    const url = foreign(name);
    if (url === undefined) return [name, await start[name]()];
    say(`Using the ${name} server of ${variables[name]}.`);
    const server = await useForeignServer(name, url);
    return [name, name === 'nats' ? Object.assign(server, { accountUrls: [url] }) : server];
  };

  const started = await Promise.allSettled(names.map(startOrUse));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await folder.close();
    throw failed.reason;
  }
  const servers = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => {
    await Promise.all(servers.map(([, server]) => server.stop()));
    await folder.close();
  };
  return { ...Object.fromEntries(servers), folder, stop } as RunningServers<Wanted>;
}
