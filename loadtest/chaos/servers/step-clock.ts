import { itemKeys } from 'seckill-core/stock-layout';
import { onRedis } from './on-redis.ts';

/** The times that an item remembers. On a clock that has stepped back, they lie in the future. */
const TIMES = ['bucketAt', 'heldUntil', 'reopensAt'];

const SHIFT = `
for _, key in ipairs(KEYS) do
  redis.call('HSET', key, 'bucket', 0)
  for i = 2, #ARGV do
    if redis.call('HEXISTS', key, ARGV[i]) == 1 then redis.call('HINCRBY', key, ARGV[i], ARGV[1]) end
  end
end`;

/**
 * As if Redis's clock had stepped back while every bucket was empty: moves the times that items remember forward. Redis itself cannot be
 * given another clock: libfaketime does not work with its allocator.
 */
export function stepClockBack(redisUrl: string, ms: number): Promise<void> {
  return onRedis(redisUrl, async (redis) => {
    const keys = await redis.keys(itemKeys('*').item);
    if (keys.length > 0) await redis.eval(SHIFT, keys.length, ...keys, ms, ...TIMES);
  });
}
