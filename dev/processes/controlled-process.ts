import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { descendants, isAlive } from './process-table.ts';
import type { ThrowAwayFolder } from './throw-away-folder.ts';
import { waitUntil } from './wait-until.ts';

export interface ProgramToRun {
  /** Names the folder and the log file, and the process in messages. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Another user to run as, if this process runs as root. */
  readonly user?: { uid: number; gid: number } | undefined;
  /** Asks for an orderly end. */
  readonly stopSignal: NodeJS.Signals;
  /** Time for an orderly end, after which the process is killed. */
  readonly stopWithinMs: number;
  /** What the guard sends when this process has died: KILL, unless the program has to clean up behind itself. */
  readonly guardSignal: 'KILL' | 'QUIT';
  /** Resolves to true once it serves; polled. */
  readonly isReady: () => Promise<boolean>;
  readonly readyWithinMs: number;
  /** Called if the process ends without having been stopped. */
  readonly onCrash?: (how: string) => void;
}

export interface StartOptions {
  /** false: does not wait until it serves, for example because a server that it needs is away. Default true. */
  readonly untilReady?: boolean;
  /** Settings that change, from this start on. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program in a throw-away folder: started, stopped, killed, frozen and started again on the same data. */
export class ControlledProcess {
  readonly name: string;
  readonly logFile: string;
  #what: ProgramToRun;
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #ended: Promise<string> = Promise.resolve('not started');
  /** Ready, and not asked to end: an end now is a crash. */
  #inService = false;

  constructor(home: ThrowAwayFolder, what: ProgramToRun) {
    this.name = what.name;
    this.#what = what;
    this.#folder = home.sub(what.name);
    this.logFile = join(this.#folder, 'log');
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Starts the process and waits until it is ready. Throws with its last log lines if it ends or isn't ready in time. */
  async start({ untilReady = true, env }: StartOptions = {}): Promise<void> {
    if (this.#child !== undefined) throw new Error(`${this.name} is running already (pid ${this.#child.pid}).`);
    if (env !== undefined) this.#what = { ...this.#what, env: { ...(this.#what.env ?? process.env), ...env } };
    this.#spawn();
    if (!untilReady) {
      this.#inService = true;
      return;
    }
    let ended: string | undefined;
    this.#ended.then((how) => {
      ended = how;
    });
    const ready = await waitUntil(async () => ended !== undefined || (await this.#what.isReady()), this.#what.readyWithinMs);
    if (ended !== undefined) throw new Error(`${this.name} did not start: it ended with ${ended}.\n${this.lastLines()}`);
    this.#inService = ready;
    if (ready) return;
    await this.kill();
    throw new Error(`${this.name} was not ready after ${this.#what.readyWithinMs / 1000} s.\n${this.lastLines()}`);
  }

  /** Stops the process in order; kills it if that takes too long. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.thaw();
    this.#inService = false;
    child.kill(this.#what.stopSignal);
    const timer = setTimeout(() => this.#signalAll('SIGKILL'), this.#what.stopWithinMs);
    await this.#ended;
    clearTimeout(timer);
  }

  /** kill -9 of it and of its children, as a crash of the machine would; its data stays for `start` or `restart`. */
  async kill(): Promise<void> {
    if (this.#child === undefined) return;
    this.#inService = false;
    const pids = this.#signalAll('SIGKILL');
    await this.#ended;
    await waitUntil(async () => !pids.some(isAlive), 30_000);
  }

  /** Stops the process if it runs, then starts it with the same port and data. */
  async restart(options?: StartOptions): Promise<void> {
    await this.stop();
    await this.start(options);
  }

  /** SIGSTOP: connections stay open and nothing answers, as when a machine hangs. */
  freeze(): void {
    this.#signalAll('SIGSTOP');
  }

  thaw(): void {
    this.#signalAll('SIGCONT');
  }

  lastLines(count = 15): string {
    const lines = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-count);
    return `The last lines of ${this.logFile}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  }

  #spawn(): void {
    const { program, args, env, cwd, user, guardSignal } = this.#what;
    const pidFile = join(this.#folder, 'pid');
    const log = openSync(this.logFile, 'a');
    // The shell writes its own pid and then becomes the program: there is no moment at which the program runs
    // and the guard, which reads the file when this process has died, would not know it.
    const child = spawn('/bin/sh', ['-c', `echo "$$ ${guardSignal}" > "$0" && exec "$@"`, pidFile, program, ...args], {
      cwd: cwd ?? this.#folder,
      env: env ?? process.env,
      ...user,
      // Its own session: Ctrl-C in a terminal reaches this process alone, which then stops things in order.
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    this.#ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      child.once('error', (error) => resolve(error.message));
    }).then((how) => {
      this.#child = undefined;
      rmSync(pidFile, { force: true }); // The number may soon be another process's.
      if (this.#inService) this.#what.onCrash?.(how);
      this.#inService = false;
      return how;
    });
  }

  /** Signals the children last if the process stops or dies, so that it starts no new ones. Returns the pids it reached. */
  #signalAll(signal: NodeJS.Signals): number[] {
    const pid = this.#child?.pid;
    if (pid === undefined) return [];
    const reached: number[] = [];
    const send = (to: number) => {
      try {
        process.kill(to, signal);
        reached.push(to);
      } catch {
        // Gone already.
      }
    };
    // Listed first: a killed parent's children get another parent. Again afterwards, for children started in between.
    const children = descendants(pid);
    send(pid);
    for (const child of new Set([...children, ...descendants(pid)])) send(child);
    return reached;
  }
}
