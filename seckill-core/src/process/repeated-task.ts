import { isOutage } from './is-outage.ts';
import type { Log } from './log.ts';

interface RepeatedTaskOptions {
  /** Completes the log line "… failed", for example "the relay". */
  name: string;
  everyMs: number;
  run: () => Promise<unknown>;
  log: Log;
}

/**
 * Runs a task every `everyMs`, and at once when it is woken, but never twice at a time. Logs a failure once, and the recovery. An outage is not
 * logged: the code that watches the server does that.
 */
export class RepeatedTask {
  readonly #options: RepeatedTaskOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #failing = false;

  constructor(options: RepeatedTaskOptions) {
    this.#options = options;
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
    const { name, run, log } = this.#options;
    try {
      await run();
      if (this.#failing) log.info({ task: name }, `${name} works again`);
      this.#failing = false;
    } catch (error) {
      if (isOutage(error)) return;
      if (!this.#failing) log.error({ err: error, task: name }, `${name} failed; retrying`);
      this.#failing = true;
    }
  }
}
