import { setTimeout as sleep } from 'node:timers/promises';
import { isConflict } from 'seckill-core';

const TRIES = 5;

/** Runs a transaction again where PostgreSQL ended it for another one's sake (deadlock, serialisation). */
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
