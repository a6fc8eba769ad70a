import { setTimeout as sleep } from 'node:timers/promises';
import { isOutage } from './is-outage.ts';
import type { Log } from './log.ts';

const PAUSE_MS = 500;

/** Retries `step` until the server is there, and logs once that it waits. Throws any error that is no outage. */
export async function untilDone<Result>(server: string, log: Log, step: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      const result = await step();
      if (tries > 1) log.info({ server }, `${server} is there`);
      return result;
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (tries === 1) log.warn({ err: error, server }, `${server} is away; waiting for it`);
      await sleep(PAUSE_MS);
    }
  }
}
