import type { BenchContext } from '../measure/context.ts';
import { type RowRun, rowOf } from '../measure/row.ts';
import { type BenchSale, openBenchSale } from '../measure/sales.ts';

/** The sales that the losing rows need, each in the state that makes every buyer lose for one reason. */
export interface LosingSales {
  notStarted: BenchSale;
  soldOut: BenchSale;
  rateLimited: BenchSale;
  limitReached: BenchSale;
}

/** Users who already have their unit: so many that none of them tries more often than a gateway lets one user try. */
const USERS_AT_LIMIT = 50_000;
const PLENTY = 10_000_000;

/** Call it while the workers run. */
export async function openLosingSales(context: BenchContext): Promise<LosingSales> {
  const { operator } = context;
  const notStarted = await openBenchSale(operator, { title: 'bench not started', stock: PLENTY, startsInMs: 12 * 3600 * 1000 });
  const soldOut = await openBenchSale(operator, { title: 'bench sold out', stock: 1 });
  const rateLimited = await openBenchSale(operator, {
    title: 'bench rate limited',
    stock: PLENTY,
    rateLimit: { ratePerSecond: 1, burst: 1 },
  });
  const limitReached = await openBenchSale(operator, { title: 'bench limit reached', stock: PLENTY });
  // Wins the only unit, takes the only token of the bucket, and wins a unit for each user who will ask for a second one.
  for (const sale of [soldOut, rateLimited]) {
    const status = await context.reserveOne(sale, 99_999_999);
    if (status !== 202) throw new Error(`The first buyer of "${sale.saleId}" was answered ${status}, not 202.`);
  }
  await context.load({ sale: limitReached, tokens: USERS_AT_LIMIT });
  return { notStarted, soldOut, rateLimited, limitReached };
}

/** The ceiling. The sale's tokens are only part of a body. */
export async function bare(context: BenchContext, sale: BenchSale, connections = context.connections): Promise<RowRun> {
  const { value, costs } = await context.load({ sale, connections, origins: [context.bare.url] });
  return rowOf('bare', value, costs, 'RESERVED');
}

export async function notStarted(context: BenchContext, sales: LosingSales): Promise<RowRun> {
  const { value, costs } = await context.load({ sale: sales.notStarted });
  return rowOf('not started', value, costs, 'NOT_STARTED');
}

export async function soldOut(context: BenchContext, sales: LosingSales): Promise<RowRun> {
  const { value, costs } = await context.load({ sale: sales.soldOut });
  return rowOf('sold out', value, costs, 'SOLD_OUT');
}

export async function rateLimited(context: BenchContext, sales: LosingSales): Promise<RowRun> {
  const { value, costs } = await context.load({ sale: sales.rateLimited });
  return rowOf('rate limited', value, costs, 'RATE_LIMITED');
}

export async function loseInRedis(context: BenchContext, sales: LosingSales): Promise<RowRun> {
  const { value, costs } = await context.load({ sale: sales.limitReached, users: USERS_AT_LIMIT });
  return rowOf('lose in Redis', value, costs, 'LIMIT_REACHED');
}

export async function naive(context: BenchContext, sales: LosingSales): Promise<RowRun> {
  const before = await context.ledger.count('naive_orders');
  const { value, costs } = await context.load({ sale: sales.soldOut, origins: [context.naive.url] });
  const run = rowOf('naive', value, costs, 'RESERVED');
  const made = (await context.ledger.count('naive_orders')) - before;
  if (made !== value.all.count) run.faults.push(`naive: ${value.all.count} answers, ${made} orders`);
  return run;
}
