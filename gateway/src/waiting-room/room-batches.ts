import { atEndOfTurn } from 'seckill-core';
import type { RoomMemory } from './room-memory.ts';

interface Waiting<Request, Answer> {
  request: Request;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

interface Collecting<Request, Answer> {
  waiting: Waiting<Request, Answer>[];
  isRunning: boolean;
}

/**
 * Asks Redis about many users of a room with one script call. Requests of one turn of the event loop go together; those that come during a call go
 * together after it.
 */
export class RoomBatches<Request, Answer> {
  readonly #limit: number;
  readonly #run: (room: RoomMemory, requests: readonly Request[]) => Promise<readonly Answer[]>;
  readonly #collecting = new WeakMap<RoomMemory, Collecting<Request, Answer>>();
  #pending = 0;

  /** `run` takes at most `limit` requests, and resolves to an answer for each. If it rejects, so does each of them. */
  constructor(limit: number, run: (room: RoomMemory, requests: readonly Request[]) => Promise<readonly Answer[]>) {
    this.#limit = limit;
    this.#run = run;
  }

  /** Requests without an answer yet. */
  get pending(): number {
    return this.#pending;
  }

  ask(room: RoomMemory, request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#pending += 1;
      const collecting = this.#collecting.get(room) ?? { waiting: [], isRunning: false };
      this.#collecting.set(room, collecting);
      if (collecting.waiting.push({ request, resolve, reject }) === 1 && !collecting.isRunning) {
        collecting.isRunning = true;
        atEndOfTurn(() => void this.#next(room, collecting));
      }
    });
  }

  async #next(room: RoomMemory, collecting: Collecting<Request, Answer>): Promise<void> {
    while (collecting.waiting.length > 0) {
      const portion = collecting.waiting.splice(0, this.#limit);
      try {
        const answers = await this.#run(
          room,
          portion.map(({ request }) => request),
        );
        for (const [i, { resolve }] of portion.entries()) resolve(answers[i] as Answer);
      } catch (error) {
        for (const { reject } of portion) reject(error);
      }
      this.#pending -= portion.length;
    }
    collecting.isRunning = false;
  }
}
