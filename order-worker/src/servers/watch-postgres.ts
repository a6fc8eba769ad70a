import { isOutage, type Log, RepeatedTask } from 'seckill-core';
import type { DatabaseClock } from './database-clock.ts';

const EVERY_MS = 2_000;

/** Keeps the estimate of PostgreSQL's clock up to date, and logs once each time PostgreSQL goes away or comes back. */
export function watchPostgres(clock: DatabaseClock, log: Log): RepeatedTask {
  let away = false;
  const run = async () => {
    try {
      await clock.read();
      if (away) log.info({}, 'PostgreSQL is back');
      away = false;
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (!away) log.warn({ err: error }, 'PostgreSQL is away; retrying until it is back');
      away = true;
    }
  };
  return new RepeatedTask({ name: "reading PostgreSQL's clock", everyMs: EVERY_MS, run, log }).start();
}
