import type { Redis } from 'ioredis';
import { scriptTexts } from './script-text.ts';

const CLOCK = 'test:clock';

/** Lua that reads the time (ms) from a key, to replace `redis.call('TIME')`. */
const CLOCK_OF_TEST = `(function()
  local ms = tonumber(redis.call('GET', '${CLOCK}'))
  return { string.format('%.0f', math.floor(ms / 1000)), string.format('%.0f', ms % 1000 * 1000) }
end)()`;

/** Makes the scripts that `redis` runs see the time `now` (ms), until the returned function sets another. */
export async function useSetClock(redis: Redis, now: number): Promise<(ms: number) => Promise<unknown>> {
  for (const { name, lua, keys } of scriptTexts()) {
    redis.defineCommand(`seckill:${name}`, {
      lua: lua.replaceAll("redis.call('TIME')", CLOCK_OF_TEST),
      numberOfKeys: keys.length,
    });
  }
  await redis.set(CLOCK, now);
  return (ms) => redis.set(CLOCK, ms);
}
