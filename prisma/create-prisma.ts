import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client.ts';

export interface CreatePrismaOptions {
  databaseUrl: string;
  /** Connections at most. Default 10. */
  max?: number;
}

/**
 * Prisma without an engine: queries are planned in WASM and run by the plain PostgreSQL driver. Its sessions are in UTC, since the
 * adapter reads and writes times as if they were.
 */
export function createPrisma({ databaseUrl, max = 10 }: CreatePrismaOptions): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max, options: '-c TimeZone=UTC' }) });
}
