import { DEADLINE_SLICES, type Overview } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { loadStatement } from '../servers/statement.ts';

const deadlinesStatement = loadStatement(import.meta.url, 'payment-deadlines');

/** A read that takes longer makes no caller wait again. */
const QUICK_MS = 20;
/** After such a read, the reader rests this many times as long as it took. */
const REST_FACTOR = 10;
/** If no one has asked for so long after the rest, the next caller waits for a new read. */
const OLDEST_MS = 30_000;

type Deadlines = NonNullable<Overview['sales'][number]['deadlines']>;

/** When the unpaid orders of each sale fall due. Sales without unpaid orders are missing. */
export type DeadlinesOfSales = ReadonlyMap<string, Deadlines>;

/**
 * Returns a function that resolves to the deadlines. A read costs about 1 µs for each unpaid order. If that is too slow to wait for, later calls
 * resolve to what was read last, and a read in the background follows after a rest.
 */
export function deadlineReader(
  prisma: PrismaClient,
  { quickMs = QUICK_MS, restFactor = REST_FACTOR, oldestMs = OLDEST_MS } = {},
): () => Promise<DeadlinesOfSales> {
  let latest: DeadlinesOfSales | undefined;
  let reading: Promise<DeadlinesOfSales> | undefined;
  let restUntil = 0;
  const read = async () => {
    const began = performance.now();
    const deadlines = await readDeadlines(prisma);
    const tookMs = performance.now() - began;
    latest = tookMs > quickMs ? deadlines : undefined;
    restUntil = performance.now() + restFactor * tookMs;
    return deadlines;
  };
  const readOnce = () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  return () => {
    if (latest === undefined || performance.now() > restUntil + oldestMs) return readOnce();
    // If this fails, the next call tries again.
    if (performance.now() > restUntil) readOnce().catch(() => undefined);
    return Promise.resolve(latest);
  };
}

interface Row {
  saleId: string;
  slice: number;
  orders: number;
  next: Date;
}

async function readDeadlines(prisma: PrismaClient): Promise<DeadlinesOfSales> {
  const deadlines = new Map<string, Deadlines>();
  const rows = await prisma.$queryRawUnsafe<Row[]>(deadlinesStatement, DEADLINE_SLICES);
  for (const { saleId, slice, orders, next } of rows) {
    const known = deadlines.get(saleId) ?? { next: next.toISOString(), ahead: new Array<number>(DEADLINE_SLICES).fill(0) };
    known.ahead[slice] = orders;
    if (next.getTime() < Date.parse(known.next)) known.next = next.toISOString();
    deadlines.set(saleId, known);
  }
  return deadlines;
}
