import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.ts';
import { boundedClient, sessionConfig } from './session.ts';
import { SESSION_LIMITS, type SessionLimits } from './session-limits.ts';

export interface CreatePrismaOptions {
  databaseUrl: string;
  /** Most connections in the pool. Default 10. */
  max?: number;
  /** Default: those of `reports`. */
  limits?: SessionLimits;
}

/**
 * Prisma's own limits, 2 s to begin and 5 s to run, ended an operator's command on a slow machine. The session's limits still end what stands
 * still.
 */
const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 60_000 };

/** Creates a Prisma client without an engine: queries are planned in WASM and run by the plain PostgreSQL driver. */
export function createPrisma({ databaseUrl, max = 10, limits = SESSION_LIMITS.reports }: CreatePrismaOptions): PrismaClient {
  const { schema, ...config } = sessionConfig(databaseUrl, limits);
  const pool = { ...config, max, Client: boundedClient(limits) };
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema }), transactionOptions: TRANSACTION_LIMITS });
}
