import { type Log, untilDone } from 'seckill-core';
import { checkDatabase, type DatabaseAddresses, DatabaseRefused } from 'seckill-prisma';

/** Waits until PostgreSQL is there. Prints why and exits with 1 if it can't be used as it is. */
export async function waitForDatabase(addresses: DatabaseAddresses, log: Log): Promise<void> {
  try {
    await untilDone('PostgreSQL', log, () => checkDatabase(addresses));
  } catch (error) {
    if (!(error instanceof DatabaseRefused)) throw error;
    console.error(`The order worker cannot start: ${error.message}`);
    process.exit(1);
  }
}
