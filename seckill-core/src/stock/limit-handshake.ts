import type { Redis } from 'ioredis';

const HANDSHAKE_MS = 3_000;

/** Returns the server's address without user and password, for logs. */
export function redisAddress({ options }: Redis): string {
  return `${options.host ?? 'localhost'}:${options.port ?? 6379}`;
}

/** Drops a connection on which the server accepts TCP, but does not finish the handshake in time. The client then reports an error and retries. */
export function limitHandshake(redis: Redis, withinMs = HANDSHAKE_MS): void {
  let timer: NodeJS.Timeout | undefined;
  redis.on('connect', () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      redis.stream.destroy(new Error(`the server accepts the connection, but does not answer within ${withinMs} ms`));
    }, withinMs);
  });
  for (const event of ['ready', 'close', 'end']) redis.on(event, () => clearTimeout(timer));
}
