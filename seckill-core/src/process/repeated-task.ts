import { FaultLog } from './fault-log.ts';
import type { Log } from './log.ts';

interface RepeatedTaskOptions {
  /** Completes the log line "… failed", for example "the relay". */
  name: string;
  everyMs: number;
  run: () => Promise<unknown>;
  log: Log;
}

const OUTAGE_QUIET_MS = 10_000;

/**
 * Runs a task every `everyMs`, and at once when it is woken, but never twice at a time. Logs a failure when it begins, once a minute, and
 * when it ends. An outage is logged only if it lasts, because the code that watches the server logs most of them at once.
 */
export class RepeatedTask {
  readonly #options: RepeatedTaskOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  readonly #faults: FaultLog;

  constructor(options: RepeatedTaskOptions) {
    this.#options = options;
    const { name, log } = options;
    this.#faults = new FaultLog({
      log,
      fields: { task: name },
      begins: `${name} failed; retrying`,
      ends: `${name} works again`,
      outageQuietMs: OUTAGE_QUIET_MS,
    });
  }

  /** Begins the first run at once. */
  start(): this {
    this.wake();
    return this;
  }

  wake(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#once().finally(() => {
      this.#running = undefined;
      if (this.#stopped) return;
      const pause = this.#again ? 0 : this.#options.everyMs;
      this.#again = false;
      this.#timer = setTimeout(() => this.wake(), pause);
    });
  }

  /** Resolves when the current run has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #once(): Promise<void> {
    try {
      await this.#options.run();
      this.#faults.worked();
    } catch (error) {
      this.#faults.failed(error);
    }
  }
}
