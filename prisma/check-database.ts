import type { Client } from 'pg';
import { closeSession, DatabaseRefused, openSession, sessionConfig } from './session.ts';
import { SESSION_LIMITS, type SessionLimits } from './session-limits.ts';

export interface DatabaseAddresses {
  databaseUrl: string;
  /** For what needs a session: leadership and migrations. Default: `databaseUrl`. */
  directUrl?: string | undefined;
}

const OLDEST_VERSION = 14;
const ZONES = ['UTC', 'Etc/UTC', 'GMT'];
/** Without these, a silent worker would hold its locks for hours. */
const LIMITS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'] as const;

/**
 * Checks once, at the start, that PostgreSQL can be used through these addresses. Throws {@link DatabaseRefused} with what to change, or the
 * driver's error if PostgreSQL is away.
 */
export async function checkDatabase({ databaseUrl, directUrl }: DatabaseAddresses): Promise<void> {
  await withSession('DATABASE_URL', databaseUrl, SESSION_LIMITS.orders, async (client) => {
    const found = await readSession(client);
    refuseVersion(found);
    refuseLostSettings(found);
    refuseOtherSchema(found, sessionConfig(databaseUrl, SESSION_LIMITS.orders).schema);
  });
  const name = directUrl === undefined ? 'DATABASE_URL' : 'DIRECT_DATABASE_URL';
  const url = directUrl ?? databaseUrl;
  await withSession(name, url, SESSION_LIMITS.leadership, (client) => refusePooler(client, name));
}

/** In its greeting a server names the pid of the session, and a pooler names another number. */
export async function refusePooler(client: Client, name: string): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  if (rows[0]?.pid === (client as Client & { processID: number }).processID) return;
  throw new DatabaseRefused(
    `${name} leads to a pooler. Leadership and migrations hold locks of a session, and need its time limits. ` +
      'Set DIRECT_DATABASE_URL to the address of PostgreSQL itself.',
  );
}

/**
 * Runs `work` in a session. Throws {@link DatabaseRefused}, without a cause that looks like an outage, if PostgreSQL or a pooler refuses the session.
 */
export async function withSession<Result>(
  name: string,
  databaseUrl: string,
  limits: SessionLimits,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await openSession(databaseUrl, limits).catch((error: Error & { code?: string }) => {
    throw refusal(name, error) ?? error;
  });
  try {
    return await work(client);
  } finally {
    await closeSession(client);
  }
}

function refusal(name: string, error: Error & { code?: string }): DatabaseRefused | undefined {
  const { code = '', message } = error;
  if (/startup parameter/.test(message)) {
    return new DatabaseRefused(
      `${name} leads to a pooler that refuses the settings of a session (${message}). In PgBouncer, set ` +
        `ignore_startup_parameters = options, and give the role the settings: ${alterRole([...LIMITS, 'TimeZone'])}`,
    );
  }
  // Invalid or unknown settings; a role or a database that is not there, or a wrong password.
  if (!/^(42704|22023|28000|28P01|3D000)$/.test(code)) return undefined;
  return new DatabaseRefused(`${name} is refused by PostgreSQL: ${message} (SQLSTATE ${code}).`);
}

interface SessionFound {
  version: number;
  role: string;
  schema: string | null;
  settings: Record<string, string>;
}

async function readSession(client: Client): Promise<SessionFound> {
  const { rows } = await client.query<SessionFound>(
    `SELECT current_setting('server_version_num')::int AS version, current_user AS role, current_schema() AS schema,
      (SELECT json_object_agg(name, setting) FROM pg_settings WHERE name = ANY ($1)) AS settings`,
    [['TimeZone', ...LIMITS]],
  );
  const [found] = rows;
  if (found === undefined) throw new Error('PostgreSQL returned no row for its settings.');
  return found;
}

function refuseVersion({ version }: SessionFound): void {
  const major = Math.floor(version / 10_000);
  if (major < OLDEST_VERSION) throw new DatabaseRefused(`PostgreSQL ${major} is too old. Use ${OLDEST_VERSION} or newer.`);
}

function refuseLostSettings({ role, settings }: SessionFound): void {
  const lost: string[] = LIMITS.filter((name) => Number(settings[name]) === 0);
  if (!ZONES.includes(settings['TimeZone'] ?? '')) lost.push('TimeZone');
  if (lost.length === 0) return;
  throw new DatabaseRefused(
    'DATABASE_URL leads to a pooler that ignores the settings of a session (PgBouncer does, with ignore_startup_parameters = options). ' +
      `Give the role the settings: ${alterRole(lost, role)}`,
  );
}

/** The statements that set the limits of orders for every session of the role. */
function alterRole(names: readonly string[], role = 'ROLE'): string {
  const { statementMs, lockMs, idleInTransactionMs } = SESSION_LIMITS.orders;
  const values: Record<string, string> = {
    TimeZone: 'UTC',
    statement_timeout: `${statementMs}ms`,
    lock_timeout: `${lockMs}ms`,
    idle_in_transaction_session_timeout: `${idleInTransactionMs}ms`,
  };
  return names.map((name) => `ALTER ROLE "${role}" SET ${name} = '${values[name]}';`).join(' ');
}

/** Throws {@link DatabaseRefused} if the tables would be looked for in another schema than the address names. */
export function refuseOtherSchema({ role, schema }: Pick<SessionFound, 'role' | 'schema'>, wanted: string): void {
  if (schema === wanted) return;
  if (schema === null) {
    throw new DatabaseRefused(
      `DATABASE_URL: there is no schema "${wanted}" that the role "${role}" may use. Run the migrations first: they create it.`,
    );
  }
  throw new DatabaseRefused(
    `DATABASE_URL names the schema "${wanted}", and PostgreSQL uses "${schema}" for the role "${role}" (search_path). ` +
      `Add ?schema=${schema} to the address, or run: ALTER ROLE "${role}" SET search_path = "${wanted}";`,
  );
}
