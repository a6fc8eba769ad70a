import type { Redis } from 'ioredis';
import { inOneWrite } from './in-one-write.ts';
import { probeRedis } from './probe.ts';
import { redisRefusal } from './redis-refusal.ts';

/** Redis answers, but must not be sold from. The message is a sentence for the operator. */
export class RedisUnfit extends Error {
  override readonly name = 'RedisUnfit';
}

/** Enough to tell any two apart: 80 random bits. */
const LENGTH = 20;

/**
 * Resolves to {@link readRunId} if Redis also runs scripts and takes writes at present: a replica refuses the write. Rejects with
 * {@link RedisUnfit}, or with ioredis's error: see {@link redisRefusal}.
 */
export async function examineRedis(redis: Redis): Promise<string> {
  const [, runId] = await Promise.all(inOneWrite(redis, () => [probeRedis(redis), readRunId(redis)] as const));
  return runId;
}

/**
 * Reads the id of the connected Redis process and of the history of its data. It changes with every restart and every promotion. It also
 * changes with the first replica of a server, and an hour after the last one: the items are then rebuilt once more than necessary.
 *
 * The process alone would not do. A server that was demoted, took the older data of the new primary and was promoted again is the same
 * process, but has lost wins.
 *
 * Throws {@link RedisUnfit} for a replica, for a server that may evict data, and for a user without the right to call INFO.
 */
export async function readRunId(redis: Redis): Promise<string> {
  const [server, replication, memory] = await readInfo(redis, ['server', 'replication', 'memory']);
  const runId = fieldOf(server, 'run_id');
  const history = fieldOf(replication, 'master_replid');
  if (fieldOf(replication, 'role') === 'slave')
    throw new RedisUnfit('Redis is a read-only replica. REDIS_URL must name the primary.');
  const policy = fieldOf(memory, 'maxmemory_policy');
  if (policy !== 'noeviction') {
    throw new RedisUnfit(
      `Redis evicts data: maxmemory-policy is ${policy}. Set it to noeviction, or winners would be forgotten.`,
    );
  }
  return `${runId.slice(0, LENGTH)}.${history.slice(0, LENGTH)}`;
}

async function readInfo(redis: Redis, sections: readonly string[]): Promise<string[]> {
  try {
    return await Promise.all(sections.map((section) => redis.info(section)));
  } catch (error) {
    const refusal = redisRefusal(error);
    throw refusal === undefined ? error : new RedisUnfit(refusal);
  }
}

function fieldOf(info: string | undefined, name: string): string {
  const value = new RegExp(`^${name}:([^\\r\\n]+)`, 'm').exec(info ?? '')?.[1];
  if (value === undefined)
    throw new RedisUnfit(`Redis does not say its ${name} in INFO. A server that works like Redis 6 or 7 is needed.`);
  return value;
}
