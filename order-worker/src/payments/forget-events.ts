import type { PrismaClient } from 'seckill-prisma';
import { loadStatement } from '../servers/statement.ts';

const forgetStatement = loadStatement(import.meta.url, 'forget-events');

/** Twice as long as SECKILL_PAYMENTS keeps a message. Providers repeat an event for days, not for weeks. */
const KEPT_DAYS = 60;
/** Rows in one statement, which takes some milliseconds. */
const PORTION = 1_000;
/** At most this many portions in one run; the next run continues. */
const PORTIONS = 100;

/** Deletes what providers' events said so long ago that no event of the same id can come any more. Returns the number of rows. */
export async function forgetEvents(prisma: PrismaClient): Promise<number> {
  let forgotten = 0;
  for (let i = 0; i < PORTIONS; i += 1) {
    const rows = await prisma.$executeRawUnsafe(forgetStatement, KEPT_DAYS, PORTION);
    forgotten += rows;
    if (rows < PORTION) break;
  }
  return forgotten;
}
