import { chownSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { ThrowAwayFolder } from '../processes/throw-away-folder.ts';
import { findProgram } from './find-program.ts';
import { installDebianPackages } from './install-packages.ts';
import { privateServer, type Server } from './server.ts';
import { startOnFreePort } from './start-on-free-port.ts';
import { unprivilegedUser } from './unprivileged-user.ts';

export interface PgBouncerOptions {
  /** A private PostgreSQL, with its role and password. */
  databaseUrl: string;
  /** Lines of its section [pgbouncer]. */
  settings: Record<string, string>;
}

let ensured: Promise<string | undefined> | undefined;

/** This machine's PgBouncer, installed through apt if that needs no password. Prints one line and resolves with undefined if there is none. */
export function ensurePgBouncer(say: (line: string) => void): Promise<string | undefined> {
  ensured ??= findOrInstall(say);
  return ensured;
}

async function findOrInstall(say: (line: string) => void): Promise<string | undefined> {
  const there = findProgram('pgbouncer');
  if (there !== undefined) return there;
  try {
    await installDebianPackages(['pgbouncer'], say);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    say(
      `No PgBouncer here, so its tests are skipped (${reason}) To have them: apt-get install pgbouncer, or brew install pgbouncer.`,
    );
    return undefined;
  }
  return findProgram('pgbouncer');
}

/** Starts a PgBouncer before a database. Its `url` leads to the database through it. */
export async function startPgBouncer(
  home: ThrowAwayFolder,
  program: string,
  { databaseUrl, settings }: PgBouncerOptions,
): Promise<Server> {
  const folder = home.sub('pgbouncer');
  const user = unprivilegedUser();
  const target = new URL(databaseUrl);
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (user !== undefined) chownSync(path, user.uid, user.gid);
    return path;
  };
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const users = write('users.txt', `"${target.username}" "${target.password}"\n`);
  const { port, controlled } = await startOnFreePort(home, (port) => {
    const all = {
      listen_addr: '127.0.0.1',
      listen_port: `${port}`,
      unix_socket_dir: '',
      auth_type: 'plain',
      auth_file: users,
      ...settings,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
    const file = write(
      'pgbouncer.ini',
      `[databases]\n* = host=127.0.0.1 port=${target.port}\n[pgbouncer]\n${lines.join('\n')}\n`,
    );
    return {
      name: 'pgbouncer',
      program,
      args: [file],
      user,
      stopSignal: 'SIGTERM',
      stopWithinMs: 5_000,
      guardSignal: 'KILL',
      isReady: () => accepts(port),
      readyWithinMs: 30_000,
    };
  });
  const through = new URL(databaseUrl);
  through.port = String(port);
  return privateServer(through.href, controlled);
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
