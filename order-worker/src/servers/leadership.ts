import { Client } from 'pg';

/** First of the two numbers of the advisory lock; the second is the hash of `of`. */
const LEADER_LOCK = 7_325_456;

/** Lets one worker at a time do a job: a PostgreSQL advisory lock on a separate connection. When the connection ends, another worker takes over. */
export class Leadership {
  readonly #databaseUrl: string;
  readonly #of: string;
  #client: Client | undefined;

  constructor(databaseUrl: string, of: string) {
    this.#databaseUrl = databaseUrl;
    this.#of = of;
  }

  get held(): boolean {
    return this.#client !== undefined;
  }

  /** Resolves to whether this worker leads now. Rejects if PostgreSQL is away. */
  async take(): Promise<boolean> {
    if (this.#client !== undefined) return true;
    const client = new Client({ connectionString: this.#databaseUrl, keepAlive: true, connectionTimeoutMillis: 5_000 });
    const lost = () => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on('error', lost);
    client.on('end', lost);
    await client.connect();
    const { rows } = await client.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1, hashtext($2)) AS leads', [
      LEADER_LOCK,
      this.#of,
    ]);
    if (rows[0]?.leads !== true) {
      await client.end();
      return false;
    }
    this.#client = client;
    return true;
  }

  async giveUp(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }
}
