import { setTimeout as sleep } from 'node:timers/promises';
import { isConflict } from 'seckill-core';

const TRIES = 5;

/** Retries a transaction that PostgreSQL aborted in favour of another (deadlock, serialisation failure): 5 tries at most. */
export async function retryOnConflict<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === TRIES || !isConflict(error)) throw error;
      await sleep(Math.random() * 10 * tries);
    }
  }
}
