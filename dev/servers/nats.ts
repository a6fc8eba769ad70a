import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ThrowAwayFolder } from '../processes/throw-away-folder.ts';
import { askLine } from './ask-line.ts';
import { programOf } from './programs.ts';
import { privateServer, type Server } from './server.ts';
import { startOnFreePort } from './start-on-free-port.ts';

export interface NatsOptions {
  /** Number of accounts, `account-0` and so on, each with a separate JetStream: none sees another's data. Default 1. */
  readonly accounts?: number;
  /** Bytes that the streams of all accounts may reserve, such as `100MB`. By default, most of what is free on the disk. */
  readonly store?: string;
  /** JetStream's limits of each account, in the words of the server's configuration. By default, none. */
  readonly accountLimits?: string;
  /** More users of the first account, in the words of the server's configuration. */
  readonly moreUsers?: string;
}

export interface NatsServer extends Server {
  /** One URL, with its user and password, for each account. `url` is the first. */
  readonly accountUrls: readonly string[];
}

export async function startNats(home: ThrowAwayFolder, options: NatsOptions = {}): Promise<NatsServer> {
  const { accounts = 1 } = options;
  const folder = home.sub('nats');
  const configFile = join(folder, 'nats.conf');
  const users = Array.from({ length: accounts }, (_, index) => ({
    user: `account-${index}`,
    password: randomBytes(16).toString('hex'),
  }));

  const { port, controlled } = await startOnFreePort(home, (port) => {
    writeFileSync(configFile, configuration(port, join(folder, 'data'), users, options), { mode: 0o600 });
    return {
      name: 'nats',
      program: programOf('nats'),
      args: ['-c', configFile],
      stopSignal: 'SIGTERM',
      stopWithinMs: 10_000,
      guardSignal: 'KILL',
      isReady: async () => (await askLine(port))?.includes('"jetstream":true') ?? false,
      readyWithinMs: 60_000,
    };
  });
  const accountUrls = users.map(({ user, password }) => `nats://${user}:${password}@127.0.0.1:${port}`);
  // Not spread: `pid` is a getter that reads the process's present pid.
  return Object.assign(privateServer(accountUrls[0] ?? '', controlled), { accountUrls });
}

/** Only what 2.9.10 and current servers both understand. */
function configuration(
  port: number,
  storeDir: string,
  users: readonly { user: string; password: string }[],
  { store, accountLimits, moreUsers = '' }: NatsOptions,
): string {
  const jetStream = accountLimits === undefined ? 'enabled' : `{ ${accountLimits} }`;
  const accounts = users.map(
    ({ user, password }, index) =>
      `  "${user}" { jetstream: ${jetStream}, users: [{ user: "${user}", password: "${password}" }\n${index === 0 ? moreUsers : ''}] }`,
  );
  // Otherwise a client on a stalled machine is refused if its greeting takes more than two seconds.
  return `listen: "127.0.0.1:${port}"
authorization { timeout: 60 }
jetstream { store_dir: "${storeDir}"${store === undefined ? '' : `, max_file_store: ${store}`} }
accounts {
${accounts.join('\n')}
}
`;
}
