import type { Redis } from 'ioredis';

/**
 * Sends every command that `issue` calls before it returns in one write. Otherwise each command is a system call here and wakes Redis:
 * 300 small reads cost both sides three times as much.
 */
export function inOneWrite<T>(redis: Redis, issue: () => T): T {
  // Before the first connection there is no stream, and ioredis queues or refuses the commands.
  const stream = redis.stream as Redis['stream'] | undefined;
  stream?.cork();
  try {
    return issue();
  } finally {
    stream?.uncork();
  }
}
