import { isOutage } from './is-outage.ts';
import type { Log } from './log.ts';
import { reasonOf } from './safe-error.ts';

interface FaultLogOptions {
  log: Log;
  /** In every line. */
  fields?: object;
  begins: string;
  ends: string;
  /** An outage that is over by then is not logged. */
  outageQuietMs?: number;
  remindMs?: number;
}

const REMIND_MS = 60_000;

/**
 * Logs a fault that repeats when it begins, once a minute while it lasts, and when it ends: never once for each try, message or buyer. An outage
 * is a warning, any other fault an error.
 */
export class FaultLog {
  readonly #options: FaultLogOptions;
  #since: number | undefined;
  #loggedAt: number | undefined;
  #times = 0;

  constructor(options: FaultLogOptions) {
    this.#options = options;
  }

  failed(error: unknown): void {
    const { log, fields, begins, outageQuietMs = 0, remindMs = REMIND_MS } = this.#options;
    const now = performance.now();
    const outage = isOutage(error);
    this.#since ??= now;
    this.#times += 1;
    const isDue =
      this.#loggedAt === undefined ? now - this.#since >= (outage ? outageQuietMs : 0) : now - this.#loggedAt >= remindMs;
    if (!isDue) return;
    this.#loggedAt = now;
    log[outage ? 'warn' : 'error']({ ...fields, ...this.#extent(now), reason: reasonOf(error) }, begins);
  }

  worked(): void {
    const now = performance.now();
    const { log, fields, ends } = this.#options;
    if (this.#loggedAt !== undefined) log.info({ ...fields, ...this.#extent(now) }, ends);
    this.#since = undefined;
    this.#loggedAt = undefined;
    this.#times = 0;
  }

  #extent(now: number): { forSeconds: number; times: number } {
    return { forSeconds: Math.round((now - (this.#since ?? now)) / 1_000), times: this.#times };
  }
}
