import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

/** Tries for this long if another fault has stopped PostgreSQL. */
const TRIES = 40;

/** Runs statements on a connection that no fault touches. */
export async function onPostgres<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return await work(client);
    } catch (error) {
      if (tries === TRIES) throw error;
      await pause(250);
    } finally {
      await client.end().catch(() => {});
    }
  }
}
