import type { Redis } from 'ioredis';

/** Reads the id of the connected Redis process: it changes with every restart and failover. */
export async function readRunId(redis: Redis): Promise<string> {
  const info = await redis.info('server');
  const runId = /^run_id:([0-9a-f]+)/m.exec(info)?.[1];
  if (runId === undefined) throw new Error('Redis did not say its run_id in INFO server; the user needs the right to call INFO.');
  return runId;
}
