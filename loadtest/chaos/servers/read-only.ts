import { onPostgres } from './on-postgres.ts';

/** Makes every new transaction read-only, as a full disk or a standby does. Returns what undoes it. */
export async function makeReadOnly(databaseUrl: string): Promise<() => Promise<void>> {
  await change(databaseUrl, 'ALTER SYSTEM SET default_transaction_read_only = on');
  return () => change(databaseUrl, 'ALTER SYSTEM RESET default_transaction_read_only');
}

function change(databaseUrl: string, statement: string): Promise<void> {
  return onPostgres(databaseUrl, async (client) => {
    await client.query(statement);
    await client.query('SELECT pg_reload_conf()');
  });
}
