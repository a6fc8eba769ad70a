import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from 'pg';
import { refuseOtherSchema, refusePooler, withSession } from './check-database.ts';
import { sessionConfig } from './session.ts';
import { SESSION_LIMITS } from './session-limits.ts';

export const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));

/** The lock that Prisma's engine takes too, so that the two never migrate one database at the same time. */
const prismaLock = 72707369;
const lockWaitMs = 60_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** The same as Prisma's engine creates. */
const bookkeepingTable = `CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`;

interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the file, in hex. */
  checksum: string;
}

interface Recorded {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
  logs: string | null;
}

export interface MigrateOptions {
  /** Leads to PostgreSQL itself: a pooler is refused. */
  databaseUrl: string;
  /** Receives one line for each migration that is applied. */
  say?: (line: string) => void;
  /** Default: prisma/migrations. */
  folder?: string;
}

export class MigrationRefused extends Error {
  override name = 'MigrationRefused';
}

/**
 * Applies the new migrations in prisma/migrations, in order, and returns their names. Does what `prisma migrate deploy` does, in the same
 * table, without the engine that command downloads; both can be used on one database.
 * Creates the schema that the address names. Throws MigrationRefused or DatabaseRefused, and changes nothing, if an applied file was changed, an
 * earlier run failed, or the database can't be used as it is.
 */
export async function migrate({ databaseUrl, say = () => {}, folder = migrationsFolder }: MigrateOptions): Promise<string[]> {
  const migrations = readMigrations(folder);
  return withSession('The database address', databaseUrl, SESSION_LIMITS.migrations, async (client) => {
    await refusePooler(client, 'The database address');
    await takeLock(client, say);
    await useSchema(client, sessionConfig(databaseUrl, SESSION_LIMITS.migrations).schema);
    const recorded = await readRecorded(client);
    refuseFailed(recorded);
    refuseChanged(recorded, migrations, folder);
    const done = new Set(recorded.map((row) => row.migration_name));
    const pending = migrations.filter(({ name }) => !done.has(name));
    for (const migration of pending) {
      say(`Applying the migration ${migration.name}.`);
      await apply(client, migration);
    }
    return pending.map(({ name }) => name);
  });
}

/** Every process of the platform must find the tables that are created here. */
async function useSchema(client: Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ role: string; schema: string | null }>(
    'SELECT current_user AS role, current_schema() AS schema',
  );
  const [found] = rows;
  if (found?.schema === null) await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
  else if (found !== undefined) refuseOtherSchema(found, schema);
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const file = readFileSync(join(folder, name, 'migration.sql'));
      return { name, sql: file.toString('utf8'), checksum: createHash('sha256').update(file).digest('hex') };
    });
}

async function takeLock(client: Client, say: (line: string) => void): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [prismaLock]);
  if (rows[0]?.taken === true) return;
  say(`Another process is migrating this database. Waiting for it, up to ${lockWaitMs / 1000} s.`);
  await client.query(`SET lock_timeout = ${lockWaitMs}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [prismaLock]);
  } catch (error) {
    if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw error;
    throw new MigrationRefused(
      `Another process has been migrating this database for ${lockWaitMs / 1000} s (advisory lock ${prismaLock}). Try again when it has finished.`,
    );
  }
  await client.query(`SET lock_timeout = ${SESSION_LIMITS.migrations.lockMs}`);
}

async function readRecorded(client: Client): Promise<Recorded[]> {
  const tables = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename',
  );
  const names = tables.rows.map(({ name }) => name);
  if (!names.includes('_prisma_migrations')) {
    if (names.length > 0) {
      throw new MigrationRefused(
        `The database has tables (${names.slice(0, 5).join(', ')}) but no _prisma_migrations, so it does not belong to this platform. ` +
          'Use an empty database, or record the migrations it already has with `prisma migrate resolve --applied NAME`.',
      );
    }
    await client.query(bookkeepingTable);
  }
  const rows = await client.query<Recorded>(
    'SELECT migration_name, checksum, finished_at, logs FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at',
  );
  return rows.rows;
}

function refuseFailed(recorded: readonly Recorded[]): void {
  const failed = recorded.find(({ finished_at }) => finished_at === null);
  if (failed === undefined) return;
  throw new MigrationRefused(
    `The migration ${failed.migration_name} failed earlier or was interrupted, so no later migration is applied. ` +
      'Repair the database, then mark the migration to be applied again: ' +
      `UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '${failed.migration_name}' AND finished_at IS NULL;` +
      (failed.logs === null ? '' : `\nIts error was: ${failed.logs}`),
  );
}

function refuseChanged(recorded: readonly Recorded[], migrations: readonly Migration[], folder: string): void {
  const checksums = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  for (const { migration_name: name, checksum } of recorded) {
    const now = checksums.get(name);
    // A migration that is not in the folder belongs to a newer release that ran on this database. Prisma ignores it too.
    if (now === undefined || now === checksum) continue;
    throw new MigrationRefused(
      `${join(folder, name, 'migration.sql')} was changed after it was applied to this database ` +
        `(checksum ${now.slice(0, 12)}…, applied was ${checksum.slice(0, 12)}…). Restore the file and put the change into a new migration.`,
    );
  }
}

/** Sends the script in one message, which PostgreSQL runs as one transaction unless the script has its own. */
async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at) VALUES ($1, $2, $3, now())', [
    id,
    checksum,
    name,
  ]);
  try {
    await client.query(sql);
  } catch (error) {
    const { message, code = '', position } = error as { message: string; code?: string; position?: string };
    const line = position === undefined ? '' : ` at line ${sql.slice(0, Number(position)).split('\n').length}`;
    const logs = `${name}${line}: ${message} (SQLSTATE ${code})`;
    await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, logs]);
    throw new MigrationRefused(`The migration ${logs}`, { cause: error });
  }
  await client.query('UPDATE _prisma_migrations SET applied_steps_count = 1, finished_at = now() WHERE id = $1', [id]);
}
