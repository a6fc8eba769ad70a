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

/** Creates a Prisma client without an engine: queries are planned in WASM and run by the plain PostgreSQL driver. */
export function createPrisma({ databaseUrl, max = 10, limits = SESSION_LIMITS.reports }: CreatePrismaOptions): PrismaClient {
  const { schema, ...config } = sessionConfig(databaseUrl, limits);
  const pool = { ...config, max, Client: boundedClient(limits) };
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema }) });
}
