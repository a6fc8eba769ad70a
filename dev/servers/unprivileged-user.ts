import { spawnSync } from 'node:child_process';

/** PostgreSQL and PgBouncer refuse to run as root. Debian's package creates the user `postgres`; other systems have an account without rights. */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((which) => spawnSync('id', [which, name], { encoding: 'utf8' }));
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error('PostgreSQL and PgBouncer do not run as root, and this system has no user "postgres". Create one.');
}
