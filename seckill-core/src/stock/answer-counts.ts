import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';

/** Answers to buyers by outcome, and tokens issued as `TOKENS`. */
export type AnswerCounts = Readonly<Record<string, number>>;

const KEEP_SECONDS = 40 * 24 * 60 * 60;

/** Writes a gateway's answers for an item since the gateway began. This replaces what it wrote before, so writing twice counts once. */
export async function writeAnswerCounts(redis: Redis, itemId: string, gatewayId: string, counts: AnswerCounts): Promise<void> {
  const key = itemKeys(itemId).answers;
  await Promise.all([redis.hset(key, gatewayId, JSON.stringify(counts)), redis.expire(key, KEEP_SECONDS)]);
}

/** Reads the sum over all gateways, including those that are gone. */
export async function readAnswerCounts(redis: Redis, itemId: string): Promise<AnswerCounts> {
  const sum: Record<string, number> = {};
  for (const text of await redis.hvals(itemKeys(itemId).answers)) {
    for (const [outcome, count] of Object.entries(JSON.parse(text) as AnswerCounts)) sum[outcome] = (sum[outcome] ?? 0) + count;
  }
  return sum;
}
