import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';

/** Answers to buyers by outcome, and tokens given out as `TOKENS`. */
export type AnswerCounts = Readonly<Record<string, number>>;

const KEEP_SECONDS = 40 * 24 * 60 * 60;

/** What one gateway has answered for an item since it began: it replaces what the gateway wrote before, so writing twice counts once. */
export async function writeAnswerCounts(redis: Redis, itemId: string, gatewayId: string, counts: AnswerCounts): Promise<void> {
  const key = itemKeys(itemId).answers;
  await Promise.all([redis.hset(key, gatewayId, JSON.stringify(counts)), redis.expire(key, KEEP_SECONDS)]);
}

/** The sum over all gateways, those that are gone included. */
export async function readAnswerCounts(redis: Redis, itemId: string): Promise<AnswerCounts> {
  const sum: Record<string, number> = {};
  for (const text of await redis.hvals(itemKeys(itemId).answers)) {
    for (const [outcome, count] of Object.entries(JSON.parse(text) as AnswerCounts)) sum[outcome] = (sum[outcome] ?? 0) + count;
  }
  return sum;
}
