import type { Redis } from 'ioredis';

/**
 * Yields a hash's fields with their values in portions of about a thousand, while Redis goes on serving others. A field that is there for
 * the whole scan is yielded at least once.
 */
export async function* scanHash(redis: Redis, key: string): AsyncGenerator<[field: string, value: string][]> {
  let cursor = '0';
  do {
    const [next, flat] = await redis.hscan(key, cursor, 'COUNT', 1000);
    yield Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? '']);
    cursor = next;
  } while (cursor !== '0');
}
