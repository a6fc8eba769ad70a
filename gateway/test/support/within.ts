import { setTimeout as sleep } from 'node:timers/promises';
import type { TestGateways } from './gateways.ts';

const EVERY_MS = 20;

/**
 * Waits until `holds` stops throwing, for at most `ms` of time in which everything ran. It counts attempts, 20 ms apart and each after a reply
 * of Redis. So a test can require "in under a second" on a machine that stalls for longer: a stall costs one attempt.
 */
export async function within(ms: number, { redis }: Pick<TestGateways, 'redis'>, holds: () => Promise<void>): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await holds();
    } catch (error) {
      if (attempts * EVERY_MS >= ms) throw error;
    }
    await Promise.all([sleep(EVERY_MS), redis.ping()]);
  }
}
