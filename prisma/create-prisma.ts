import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.ts';

export interface CreatePrismaOptions {
  databaseUrl: string;
  /** Most connections in the pool. Default 10. */
  max?: number;
}

/**
 * Creates a Prisma client without an engine: queries are planned in WASM and run by the plain PostgreSQL driver. Sessions use UTC, because the
 * adapter reads and writes times as UTC.
 */
export function createPrisma({ databaseUrl, max = 10 }: CreatePrismaOptions): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max, options: '-c TimeZone=UTC' }) });
}
