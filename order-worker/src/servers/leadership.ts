import { closeSession, openSession, SESSION_LIMITS, type SessionLimits } from 'seckill-prisma';

/** First of the two numbers of the advisory lock; the second is the hash of `of`. */
export const LEADER_LOCK = 7_325_456;

export interface LeadershipTimes {
  pingEveryMs: number;
  /**
   * A leader whose last answered ping is older leads no more. Less than the idle time after which the server ends the session: so a leader whose
   * network is silent stops before another begins.
   */
  leaseMs: number;
  limits: SessionLimits;
}

const TIMES: LeadershipTimes = { pingEveryMs: 2_000, leaseMs: 8_000, limits: SESSION_LIMITS.leadership };

type Session = Awaited<ReturnType<typeof openSession>>;

/** Lets one worker at a time do a job: a PostgreSQL advisory lock on a separate session. When the session ends, another worker takes over. */
export class Leadership {
  readonly #databaseUrl: string;
  readonly #of: string;
  readonly #times: LeadershipTimes;
  #session: Session | undefined;
  #pings: NodeJS.Timeout | undefined;
  /** When the newest ping that was answered was sent, on this process's monotonic clock. */
  #seenAt = 0;

  /** @param databaseUrl Must keep a session on one connection to the server: no transaction pooler. */
  constructor(databaseUrl: string, of: string, times: LeadershipTimes = TIMES) {
    this.#databaseUrl = databaseUrl;
    this.#of = of;
    this.#times = times;
  }

  get held(): boolean {
    return this.#session !== undefined && performance.now() - this.#seenAt < this.#times.leaseMs;
  }

  /** Resolves to whether this worker leads now. Rejects if PostgreSQL is away. */
  async take(): Promise<boolean> {
    if (this.held) return true;
    await this.#drop();
    const session = await openSession(this.#databaseUrl, this.#times.limits);
    const sentAt = performance.now();
    try {
      const { rows } = await session.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1, hashtext($2)) AS leads', [
        LEADER_LOCK,
        this.#of,
      ]);
      if (rows[0]?.leads !== true) return false;
      this.#keep(session, sentAt);
      return this.held;
    } finally {
      if (this.#session !== session) await closeSession(session);
    }
  }

  async giveUp(): Promise<void> {
    await this.#drop();
  }

  #keep(session: Session, sentAt: number): void {
    this.#session = session;
    this.#seenAt = sentAt;
    session.once('error', () => this.#lose(session));
    session.once('end', () => this.#lose(session));
    this.#schedulePing(session);
  }

  #schedulePing(session: Session): void {
    this.#pings = setTimeout(() => void this.#ping(session), this.#times.pingEveryMs);
  }

  async #ping(session: Session): Promise<void> {
    const sentAt = performance.now();
    try {
      await session.query('SELECT 1');
      if (this.#session !== session) return;
      this.#seenAt = sentAt;
      this.#schedulePing(session);
    } catch {
      this.#lose(session);
    }
  }

  #lose(session: Session): void {
    if (this.#session === session) void this.#drop();
  }

  async #drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    clearTimeout(this.#pings);
    if (session !== undefined) await closeSession(session);
  }
}
