import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { ProgramToRun } from '../processes/controlled-process.ts';
import type { ThrowAwayFolder } from '../processes/throw-away-folder.ts';
import { findProgram } from './find-program.ts';
import { programOf } from './programs.ts';
import { privateServer, type Server } from './server.ts';
import { startOnFreePort } from './start-on-free-port.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

export interface PostgresOptions {
  /**
   * true (default): nothing committed is lost, as in production. false: no fsync. Commits then still outlive a
   * kill -9 of the server, but not a loss of power: faster, and all that a test needs.
   */
  readonly durable?: boolean;
}

const database = 'seckill';

export async function startPostgres(home: ThrowAwayFolder, { durable = true }: PostgresOptions = {}): Promise<Server> {
  const { initdb, postgres } = programOf('postgres');
  const folder = home.sub('postgres');
  const data = join(folder, 'data');
  const password = randomBytes(16).toString('hex');
  const user = unprivilegedUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  await initialise({ initdb, folder, data, password, user });
  appendFileSync(join(data, 'postgresql.conf'), settings(durable));

  const urlAt = (port: number, name: string) => `postgresql://seckill:${password}@127.0.0.1:${port}/${name}`;
  const { port, controlled } = await startOnFreePort(home, (port) =>
    serverAt({ program: postgres, data, port, user, url: urlAt(port, 'postgres') }),
  );
  const client = new Client({ connectionString: urlAt(port, 'postgres') });
  await client.connect();
  await client.query(`CREATE DATABASE ${database}`);
  await client.end();
  return privateServer(urlAt(port, database), controlled);
}

/**
 * Starts an asynchronous standby of a private server that {@link startPostgres} has started. `url` leads to the same database of it, with the same
 * password. It follows until it is promoted.
 */
export async function startStandby(home: ThrowAwayFolder, primary: Server): Promise<Server> {
  const { postgres } = programOf('postgres');
  const folder = home.sub('standby');
  const data = join(folder, 'data');
  const user = unprivilegedUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const backup = findProgram('pg_basebackup') ?? 'pg_basebackup';
  const source = new URL(primary.url);
  source.pathname = '/postgres';
  const args = ['-D', data, '-d', source.href, '--checkpoint=fast', '--wal-method=stream', '--write-recovery-conf', '--no-sync'];
  await promisify(execFile)(backup, args, { ...user, cwd: folder });
  const urlAt = (port: number) => primary.url.replace(`:${primary.port}/`, `:${port}/`);
  const { port, controlled } = await startOnFreePort(home, (port) =>
    serverAt({ program: postgres, data, port, user, url: urlAt(port) }),
  );
  return privateServer(urlAt(port), controlled);
}

interface ServerToRun {
  program: string;
  data: string;
  port: number;
  user: { uid: number; gid: number } | undefined;
  url: string;
}

const serverAt = ({ program, data, port, user, url }: ServerToRun): ProgramToRun => ({
  name: 'postgres',
  program,
  args: ['-D', data, '-p', String(port)],
  user,
  stopSignal: 'SIGINT', // the fast shutdown: it does not wait for clients to leave
  stopWithinMs: 15_000,
  guardSignal: 'QUIT', // at once, but with its shared memory removed
  isReady: () => takesClients(url),
  readyWithinMs: 60_000,
});

interface NewCluster {
  initdb: string;
  folder: string;
  data: string;
  password: string;
  user: { uid: number; gid: number } | undefined;
}

async function initialise({ initdb, folder, data, password, user }: NewCluster): Promise<void> {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const args = ['-D', data, '-U', 'seckill', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C'];
  try {
    await promisify(execFile)(initdb, [...args, '--no-sync'], { ...user, cwd: folder });
  } catch (error) {
    throw new Error(`initdb could not make a database folder in ${data}:\n${(error as { stderr?: string }).stderr ?? error}`);
  }
  rmSync(passwordFile);
}

/** Sizes as in docker-compose.yml. mmap: its shared memory is files of the data folder, which go with it, also after a kill -9. */
const settings = (durable: boolean) => `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
dynamic_shared_memory_type = mmap
max_connections = 200
shared_buffers = 512MB
max_wal_size = 4GB
checkpoint_timeout = 15min
timezone = 'UTC'
fsync = ${durable ? 'on' : 'off'}
full_page_writes = ${durable ? 'on' : 'off'}
synchronous_commit = on
`;

const INVALID_PASSWORD = '28P01';

/** Its password may have been changed since: a server that checks passwords takes clients. */
async function takesClients(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    return (error as { code?: string }).code === INVALID_PASSWORD;
  } finally {
    await client.end().catch(() => {});
  }
}
