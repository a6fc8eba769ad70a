import type { Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';
import type { SessionLimits } from './session-limits.ts';

/** Why this database can't be used as it is, and what to change. */
export class DatabaseRefused extends Error {
  override readonly name = 'DatabaseRefused';
}

/** Without `?schema=` the tables are in this schema. */
const DEFAULT_SCHEMA = 'public';
/** After this much silence the kernels probe whether the other host is alive. */
const PROBE_AFTER_S = 5;
const PROBE_EVERY_S = 2;
const PROBES = 3;
/** Parameters of an address that would replace the limits. */
const REPLACED = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'query_timeout'];

export type SessionConfig = ClientConfig & { schema: string };

/**
 * The settings of every connection to PostgreSQL: UTC, because Prisma reads and writes times without their zone, the schema and the time limits.
 * `options` of the address stay, but never replace these.
 */
export function sessionConfig(databaseUrl: string, limits: SessionLimits): SessionConfig {
  const from = databaseUrl.indexOf('?');
  const address = from < 0 ? databaseUrl : databaseUrl.slice(0, from);
  const parameters = new URLSearchParams(from < 0 ? '' : databaseUrl.slice(from));
  const schema = parameters.get('schema') ?? undefined;
  if (schema !== undefined && !/^\w+$/.test(schema)) {
    throw new DatabaseRefused(`The database address has schema=${schema}. Use letters, digits and underscores only.`);
  }
  const given = parameters.get('options') ?? '';
  for (const name of ['schema', 'options', ...REPLACED]) parameters.delete(name);
  const rest = parameters.size === 0 ? '' : `?${parameters}`;
  const settings = { ...serverSettings(limits), ...(schema === undefined ? {} : { search_path: `"${schema}"` }) };
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  return {
    connectionString: `${address}${rest}`,
    // The last one counts.
    options: [given, ...options].join(' ').trim(),
    application_name: parameters.get('application_name') ?? `seckill-${limits.name}`,
    keepAlive: true,
    keepAliveInitialDelayMillis: PROBE_AFTER_S * 1_000,
    connectionTimeoutMillis: limits.connectMs,
    schema: schema ?? DEFAULT_SCHEMA,
  };
}

/** What the server is asked to enforce. */
function serverSettings({ statementMs, lockMs, idleInTransactionMs, idleMs }: SessionLimits): Record<string, string> {
  return {
    TimeZone: 'UTC',
    statement_timeout: `${statementMs}`,
    lock_timeout: `${lockMs}`,
    idle_in_transaction_session_timeout: `${idleInTransactionMs}`,
    ...(idleMs === 0 ? {} : { idle_session_timeout: `${idleMs}` }),
    tcp_keepalives_idle: `${PROBE_AFTER_S}`,
    tcp_keepalives_interval: `${PROBE_EVERY_S}`,
    tcp_keepalives_count: `${PROBES}`,
    tcp_user_timeout: `${(PROBE_AFTER_S + PROBE_EVERY_S * PROBES) * 1_000}`,
  };
}

/** The parts of the driver's client that its types leave out. */
interface Inside {
  readyForQuery: boolean;
  connection: { stream: Socket };
}

/**
 * A connection that breaks if an answer takes longer than `silentMs`. The driver's own `query_timeout` gives up the query only: its connection
 * would go back to the pool, with the answer still to come.
 */
export function boundedClient({ silentMs }: SessionLimits): typeof Client {
  return class BoundedClient extends Client {
    constructor(config?: string | ClientConfig) {
      super(config);
      // Once connected: TLS replaces the stream before.
      if (silentMs > 0) this.once('connect', () => this.#boundSilence());
    }

    #boundSilence(): void {
      const inside = this as unknown as Inside;
      const { stream } = inside.connection;
      stream.setTimeout(silentMs, () => {
        const { bytesRead } = stream;
        // A process that stood still reads first what has arrived. A connection without a statement is silent for a good reason.
        setImmediate(() => {
          if (!inside.readyForQuery && stream.bytesRead === bytesRead) stream.destroy(new SilentServer(silentMs));
        });
      });
    }
  };
}

/** Named as the driver names a socket that timed out, so that Prisma and isOutage recognise it. */
class SilentServer extends Error {
  override readonly name = 'SilentServer';
  readonly code = 'ETIMEDOUT';
  readonly syscall = 'read';
  readonly errno = -110;

  constructor(silentMs: number) {
    super(`Connection terminated: PostgreSQL has sent nothing for ${silentMs / 1_000} s.`);
  }
}

/** How long a server may take to say goodbye. A silent one never does. */
const END_WITHIN_MS = 1_000;

/** One session outside any pool. Rejects if PostgreSQL is away. The caller closes it with {@link closeSession}. */
export async function openSession(databaseUrl: string, limits: SessionLimits): Promise<Client> {
  const { schema: _, ...config } = sessionConfig(databaseUrl, limits);
  const client = new (boundedClient(limits))(config);
  // Without a listener, an error of the connection would end the process. The next query fails too.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Never rejects, and takes a second at most. */
export async function closeSession(client: Client): Promise<void> {
  const { stream } = (client as unknown as Inside).connection;
  const cut = setTimeout(() => stream.destroy(), END_WITHIN_MS);
  await client.end().catch(() => undefined);
  clearTimeout(cut);
}
