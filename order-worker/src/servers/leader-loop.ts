import { setTimeout as sleep } from 'node:timers/promises';
import { Leadership } from './leadership.ts';

/** How often a worker that does not lead tries to take over. */
const TAKE_OVER_MS = 1_000;

interface LeaderWork {
  databaseUrl: string;
  /** Names the job that one worker at a time does. */
  of: string;
  /** Does the job while {@link LeaderLoop.goesOn}. It may return early: it is called again after a pause. */
  lead(): Promise<void>;
  /** Asked when PostgreSQL or `lead` failed. Resolves when the next try may begin. Until then the worker leads, unless it gives up the lead. */
  failed(error: unknown): Promise<void>;
  /** This worker does not lead, or has nothing to do. */
  rests?(): void;
}

/** Does a job in one of the workers, from `start` to `stop`. If the worker that leads dies, another one takes over. */
export class LeaderLoop {
  readonly #work: LeaderWork;
  readonly #leadership: Leadership;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(work: LeaderWork) {
    this.#work = work;
    this.#leadership = new Leadership(work.databaseUrl, work.of);
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Aborted by {@link stop}. */
  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  /** Whether this worker leads, and is not stopping. */
  get goesOn(): boolean {
    return this.#leadership.held && !this.#stop.signal.aborted;
  }

  async giveUp(): Promise<void> {
    await this.#leadership.giveUp();
  }

  /** Ends early if the loop is stopped. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (await this.#leadership.take()) await this.#work.lead();
        this.#work.rests?.();
        await this.pause(TAKE_OVER_MS);
      } catch (error) {
        await this.#work.failed(error);
      }
    }
    await this.#leadership.giveUp();
  }
}
