import { Client } from 'pg';
import { waitUntil } from '../processes/wait-until.ts';

const OBJECT_IN_USE = '55006';

/** The same server, another database. */
export function urlOfDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

export async function onServerOf<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * CREATE or DROP DATABASE. PostgreSQL refuses both while a client is connected to the database that is copied or dropped. The client may be
 * PostgreSQL's own clean-up. PostgreSQL waits 5 s for it; this function waits a minute.
 */
export async function onceUnused(client: Client, sql: string): Promise<void> {
  let refused: Error | undefined;
  await waitUntil(async () => {
    refused = await client.query(sql).then(
      () => undefined,
      (error: Error & { code?: string }) => {
        if (error.code !== OBJECT_IN_USE) throw error;
        return error;
      },
    );
    return refused === undefined;
  }, 60_000);
  if (refused !== undefined) throw refused;
}

export async function openConnections(client: Client, name: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
    [name],
  );
  return rows[0]?.count ?? 0;
}

export async function dropDatabasesLike(url: string, prefix: string): Promise<void> {
  await onServerOf(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    for (const { name } of rows) await onceUnused(client, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });
}
