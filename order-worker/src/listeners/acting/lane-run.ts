import { growingPauseMs } from '../../servers/growing-pause.ts';
import type { ListenerTask } from './acting-listener.ts';

/** Tasks that are kept in memory beside those in progress, as a multiple of them: so that a lane does not wait for the next statement. */
const READ_AHEAD = 4;
/** Failures in a row after which the far side counts as away. One alone may be about its task. */
const TROUBLE = 3;
const PAUSES = { firstMs: 1_000, longestMs: 60_000 };

/** What a worker has of a lane in memory. If several attempts in a row fail, one task at a time is tried, with growing pauses. */
export class LaneRun {
  /** In memory or in progress, by id, until their outcome is written. */
  readonly #taken = new Map<string, ListenerTask>();
  #waiting: ListenerTask[] = [];
  #inProgress = 0;
  #failures = 0;
  #pausedUntil = 0;

  get taken(): Iterable<string> {
    return this.#taken.keys();
  }

  /** How many more tasks to read, if `atOnce` may be in progress. Read in portions, because each statement costs as much as some tasks. */
  places(atOnce: number): number {
    if (atOnce === 0 || performance.now() < this.#pausedUntil) return 0;
    if (this.#isInTrouble) return this.#taken.size === 0 ? 1 : 0;
    const free = atOnce * (1 + READ_AHEAD) - this.#taken.size;
    return this.#taken.size === 0 || free >= atOnce * (READ_AHEAD - 1) ? free : 0;
  }

  get #isInTrouble(): boolean {
    return this.#failures >= TROUBLE;
  }

  take(task: ListenerTask): void {
    this.#taken.set(task.id, task);
    this.#waiting.push(task);
  }

  /** Returns the tasks to begin now. */
  begin(atOnce: number): ListenerTask[] {
    const most = this.#isInTrouble ? Math.min(1, atOnce) : atOnce;
    const tasks = this.#waiting.splice(0, Math.max(0, most - this.#inProgress));
    this.#inProgress += tasks.length;
    return tasks;
  }

  /** An attempt has ended; its outcome is not written yet. */
  ended(): void {
    this.#inProgress -= 1;
  }

  worked(): void {
    this.#failures = 0;
  }

  /** What waits in memory is put back: it is read again after the pause. `retryAfterMs` is what the far side asks for. */
  failed(retryAfterMs = 0): void {
    this.#failures += 1;
    if (!this.#isInTrouble && retryAfterMs === 0) return;
    const growing = growingPauseMs(Math.max(1, this.#failures - TROUBLE + 1), PAUSES);
    const pauseMs = Math.max(growing, Math.min(retryAfterMs, PAUSES.longestMs));
    this.#pausedUntil = performance.now() + pauseMs;
    this.putBack();
  }

  putBack(): void {
    for (const { id } of this.#waiting) this.#taken.delete(id);
    this.#waiting = [];
  }

  /** The outcome is written. */
  settled(id: string): void {
    this.#taken.delete(id);
  }
}
