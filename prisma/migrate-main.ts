import { migrateAndReport } from './migrate-and-report.ts';

process.exitCode = await migrateAndReport(process.env.DATABASE_URL, { print: console.log, printError: console.error });
