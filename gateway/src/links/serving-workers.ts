import { SERVING_EVERY_MS } from 'seckill-core';

/** One broadcast may be lost, and the next may be late. */
const GONE_AFTER_MS = 3 * SERVING_EVERY_MS;

/**
 * The workers that serve calls now. NATS takes minutes to notice a lost host, and goes on sending it its share of the calls of a queue group.
 * So a call is sent to a worker that was heard lately. Times are monotonic, in ms.
 */
export class ServingWorkers {
  readonly #heardAt = new Map<string, number>();

  heard(workerId: string, now: number): void {
    this.#heardAt.set(workerId, now);
  }

  /** Returns any of them, or undefined if there is none. */
  pick(now: number): string | undefined {
    for (const [workerId, at] of this.#heardAt) if (now - at > GONE_AFTER_MS) this.#heardAt.delete(workerId);
    const workers = [...this.#heardAt.keys()];
    return workers[Math.floor(Math.random() * workers.length)];
  }
}
