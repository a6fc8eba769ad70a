export { checkDatabase, type DatabaseAddresses } from './check-database.ts';
export { type CreatePrismaOptions, createPrisma } from './create-prisma.ts';
export * from './generated/client.ts';
export { MigrationRefused, migrate, migrationsFolder } from './migrate.ts';
export { migrateAndReport } from './migrate-and-report.ts';
export { closeSession, DatabaseRefused, openSession } from './session.ts';
export { SESSION_LIMITS, type SessionLimits } from './session-limits.ts';
