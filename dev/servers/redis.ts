import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ThrowAwayFolder } from '../processes/throw-away-folder.ts';
import { askLine } from './ask-line.ts';
import { programOf } from './programs.ts';
import { privateServer, type Server } from './server.ts';
import { startOnFreePort } from './start-on-free-port.ts';

export interface RedisOptions {
  /** Written to the append-only file, as in production. Default true. */
  readonly appendOnly?: boolean;
  /** Default: a random one. */
  readonly password?: string;
}

/** Enough for a test file each. */
const redisDatabases = 128;

export async function startRedis(home: ThrowAwayFolder, options: RedisOptions = {}): Promise<Server> {
  const { appendOnly = true, password = randomBytes(16).toString('hex') } = options;
  const folder = home.sub('redis');
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const configFile = join(folder, 'redis.conf');

  const { port, controlled } = await startOnFreePort(home, (port) => {
    // In a file and not among the arguments, which every user of the machine can read.
    writeFileSync(configFile, configuration({ port, data, password, appendOnly }), { mode: 0o600 });
    return {
      name: 'redis',
      program: programOf('redis'),
      args: [configFile],
      stopSignal: 'SIGTERM',
      stopWithinMs: 10_000,
      guardSignal: 'KILL',
      // Its password may have been changed since, and is then in its configuration.
      isReady: async () => /\+PONG|-WRONGPASS/.test((await askLine(port, `AUTH ${password}\r\nPING\r\n`)) ?? ''),
      readyWithinMs: 60_000,
    };
  });
  return privateServer(`redis://:${password}@127.0.0.1:${port}/0`, controlled);
}

interface Settings {
  port: number;
  data: string;
  password: string;
  appendOnly: boolean;
}

/** As in deploy/redis/redis.conf, which says why. */
const configuration = ({ port, data, password, appendOnly }: Settings) => `bind 127.0.0.1
port ${port}
requirepass ${password}
dir "${data}"
databases ${redisDatabases}
appendonly ${appendOnly ? 'yes' : 'no'}
appendfsync everysec
save ""
auto-aof-rewrite-min-size 1gb
maxmemory-policy noeviction
`;
