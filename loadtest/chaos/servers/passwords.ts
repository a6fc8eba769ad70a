import { randomBytes } from 'node:crypto';
import { onPostgres } from './on-postgres.ts';
import { onRedis } from './on-redis.ts';

const withPassword = (url: string, password: string): string => {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
};

/** Gives PostgreSQL's role a new password and ends every session, so that clients try the old one. Returns the new address. */
export function changePostgresPassword(url: string): Promise<string> {
  const password = randomBytes(16).toString('hex');
  return onPostgres(url, async (client) => {
    await client.query(`ALTER ROLE CURRENT_USER PASSWORD '${password}'`);
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()`,
    );
    return withPassword(url, password);
  });
}

/** The same for Redis. The password is also written to its configuration, so that it survives a restart. */
export function changeRedisPassword(url: string): Promise<string> {
  const password = randomBytes(16).toString('hex');
  return onRedis(url, async (redis) => {
    await redis.config('SET', 'requirepass', password);
    await redis.config('REWRITE');
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    return withPassword(url, password);
  });
}
