/** How long a session may take for what, ms. The server enforces all but `silentMs`, so its locks are free again even if this process is gone. */
export interface SessionLimits {
  /** The session's `application_name` is `seckill-<name>`. */
  name: string;
  /** Connecting, or waiting for a free connection of the pool. */
  connectMs: number;
  /** One statement; 0 is no limit. */
  statementMs: number;
  /** Waiting for one lock; 0 is no limit. */
  lockMs: number;
  /** Between two statements of a transaction. */
  idleInTransactionMs: number;
  /** Between two statements outside a transaction; 0 is no limit. */
  idleMs: number;
  /** Waiting for the server's answer. More than the server's own limits: then only a silent network passes it. */
  silentMs: number;
}

/**
 * Orders, payments and short calls. If the network of one worker goes silent, the server frees that worker's locks within `idleInTransactionMs`,
 * and the worker gives up after `silentMs`. So another worker creates the orders within 15 s.
 */
const orders: SessionLimits = {
  name: 'orders',
  connectMs: 3_000,
  statementMs: 6_000,
  lockMs: 3_000,
  idleInTransactionMs: 4_000,
  idleMs: 0,
  silentMs: 7_000,
};

/** Audits, reports and rebuilds: they read every order of a sale, and read or write Redis between two statements. */
const reports: SessionLimits = {
  name: 'reports',
  connectMs: 30_000,
  statementMs: 120_000,
  lockMs: 10_000,
  idleInTransactionMs: 20_000,
  idleMs: 0,
  silentMs: 125_000,
};

/** A leader pings more often than `idleMs`. If its network goes silent, the server ends the session, and another worker leads. */
const leadership: SessionLimits = {
  name: 'leadership',
  connectMs: 5_000,
  statementMs: 3_000,
  lockMs: 3_000,
  idleInTransactionMs: 4_000,
  idleMs: 12_000,
  silentMs: 4_000,
};

/** A statement may take as long as it needs, but waits for a lock only briefly: every other session would wait behind it. */
const migrations: SessionLimits = {
  name: 'migrations',
  connectMs: 30_000,
  statementMs: 0,
  lockMs: 10_000,
  idleInTransactionMs: 60_000,
  idleMs: 0,
  silentMs: 0,
};

export const SESSION_LIMITS = { orders, reports, leadership, migrations } as const;
