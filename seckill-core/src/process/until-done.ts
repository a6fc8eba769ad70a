import { setTimeout as sleep } from 'node:timers/promises';
import { FaultLog } from './fault-log.ts';
import { isOutage } from './is-outage.ts';
import type { Log } from './log.ts';

const PAUSE_MS = 500;

/** Retries `step` until the server is there, and logs that it waits. Throws any error that is no outage. */
export async function untilDone<Result>(server: string, log: Log, step: () => Promise<Result>): Promise<Result> {
  const faults = new FaultLog({
    log,
    fields: { server },
    begins: `${server} is away; waiting for it`,
    ends: `${server} is there`,
  });
  for (;;) {
    try {
      const result = await step();
      faults.worked();
      return result;
    } catch (error) {
      if (!isOutage(error)) throw error;
      faults.failed(error);
      await sleep(PAUSE_MS);
    }
  }
}
