import { MigrationRefused, migrate } from './migrate.ts';
import { DatabaseRefused } from './session.ts';

/**
 * Applies new migrations and prints a line for each. Resolves to the exit code: 1 if there is no address, the database
 * can't be reached or a migration is refused.
 */
export async function migrateAndReport(
  databaseUrl: string | undefined,
  { print, printError }: { print(line: string): void; printError(line: string): void },
): Promise<number> {
  if (databaseUrl === undefined || databaseUrl === '') {
    printError('Set DATABASE_URL to the database to migrate, for example postgresql://seckill:seckill@127.0.0.1:5432/seckill');
    return 1;
  }
  try {
    const applied = await migrate({ databaseUrl, say: print });
    print(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.length}; the database is up to date.`);
    return 0;
  } catch (error) {
    if (error instanceof MigrationRefused || error instanceof DatabaseRefused) {
      printError(error.message);
      return 1;
    }
    const { host, pathname } = new URL(databaseUrl);
    printError(`Could not migrate ${host}${pathname}: ${explain(error)}`);
    return 1;
  }
}

/** Node wraps the causes of a refused connection, one for each address, in an error that has no message. */
function explain(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || String(error);
}
