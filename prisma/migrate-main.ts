import { migrateAndReport } from './migrate-and-report.ts';

process.exitCode = await migrateAndReport(process.env.DIRECT_DATABASE_URL || process.env.DATABASE_URL, {
  print: console.log,
  printError: console.error,
});
