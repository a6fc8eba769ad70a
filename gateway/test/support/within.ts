import { setTimeout as sleep } from 'node:timers/promises';
import type { TestGateways } from './gateways.ts';

const EVERY_MS = 20;

/**
 * Waits until `holds` throws no more, for so many ms in which everything ran: what is counted are looks, 20 ms apart and each after an answer
 * of Redis. So a promise like "in under a second" can be held to on a machine that stands still for longer than that: it costs one look.
 */
export async function within(ms: number, { redis }: Pick<TestGateways, 'redis'>, holds: () => Promise<void>): Promise<void> {
  for (let looks = 1; ; looks += 1) {
    try {
      return await holds();
    } catch (error) {
      if (looks * EVERY_MS >= ms) throw error;
    }
    await Promise.all([sleep(EVERY_MS), redis.ping()]);
  }
}
