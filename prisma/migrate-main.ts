import { MigrationRefused, migrate } from './migrate.ts';

const databaseUrl = process.env.DATABASE_URL;
if (databaseUrl === undefined || databaseUrl === '') {
  console.error('Set DATABASE_URL to the database to migrate, for example postgresql://seckill:seckill@127.0.0.1:5432/seckill');
  process.exit(1);
}
try {
  const applied = await migrate({ databaseUrl, say: console.log });
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.length}; the database is up to date.`);
} catch (error) {
  const { host, pathname } = new URL(databaseUrl);
  console.error(error instanceof MigrationRefused ? error.message : `Could not migrate ${host}${pathname}: ${explain(error)}`);
  process.exit(1);
}

/** For a refused connection, Node throws an error without a message that wraps one error for each address. */
function explain(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || String(error);
}
