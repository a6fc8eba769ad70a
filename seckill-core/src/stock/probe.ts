import type { Redis } from 'ioredis';
import { PROBE_KEY } from './keys.ts';
import { loadScript, runScript } from './script.ts';

const probeScript = loadScript('probe', ['probe']);

/** Resolves if Redis runs scripts and takes writes at present. Rejects with ioredis's error otherwise: see {@link redisRefusal}. */
export async function probeRedis(redis: Redis): Promise<void> {
  await runScript(redis, probeScript, { probe: PROBE_KEY }, []);
}
