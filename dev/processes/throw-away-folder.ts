import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const guardProgram = fileURLToPath(new URL('./guard.mjs', import.meta.url));

/**
 * A folder for the data, logs and pid files of processes that must not outlive this one. A guard process
 * ends them and deletes the folder as soon as this process closes it or dies, also by kill -9.
 */
export class ThrowAwayFolder {
  readonly path: string;
  #guard: ChildProcess;
  #closing = false;

  constructor(label: string) {
    this.path = join(root(), `seckill-${label}-${randomBytes(4).toString('hex')}`);
    // PostgreSQL's user may pass through. No other user may read it, because configurations and logs hold passwords.
    mkdirSync(this.path, { mode: 0o711 });
    this.#guard = this.#startGuard();
  }

  /** A folder inside it, one for each process, with its pid file and log. */
  sub(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Ends what still runs in it and deletes it. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const gone = once(this.#guard, 'exit');
    this.#guard.ref();
    this.#guard.stdin?.end();
    await gone;
  }

  #startGuard(): ChildProcess {
    const guard = spawn(process.execPath, [guardProgram, this.path], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      // NODE_OPTIONS of this process (a debugger, a loader) are not the guard's.
      env: { PATH: process.env.PATH ?? '' },
    });
    guard.unref();
    const { stdin } = guard;
    // An open pipe alone shall not keep this process alive.
    if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
    stdin?.on('error', () => {});
    guard.on('exit', () => {
      // The guard was killed: without one, a crash of this process would leave everything behind.
      if (!this.#closing) this.#guard = this.#startGuard();
    });
    return guard;
  }
}

/** If this process is root, PostgreSQL runs as another user, which can't pass through /root. /tmp is open to every user. */
function root(): string {
  return process.getuid?.() === 0 && existsSync('/tmp') ? '/tmp' : tmpdir();
}
