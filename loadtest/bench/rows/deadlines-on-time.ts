import { waitUntil } from 'dev';
import type { BenchContext } from '../measure/context.ts';
import type { RowRun } from '../measure/row.ts';
import { openBenchSale } from '../measure/sales.ts';

/** Twice a row's time, at most this. */
const SPREAD_LIMIT_SECONDS = 10;
const PAY_TIMEOUT_SECONDS = 15;
const WITHIN_MS = 120_000;

/** Measures how late orders are cancelled when `ratePerSecond` deadlines fall due, with the whole platform running. */
export async function deadlinesOnTime(context: BenchContext, ratePerSecond: number): Promise<RowRun> {
  const { operator, ledger } = context;
  const units = Math.ceil(Math.min(SPREAD_LIMIT_SECONDS, context.seconds * 2) * ratePerSecond);
  const sale = await openBenchSale(operator, {
    title: 'bench deadlines on time',
    stock: units,
    payTimeoutSeconds: PAY_TIMEOUT_SECONDS,
  });
  const { value: faults, costs } = await context.measure(async () => {
    const { value } = await context.load({ sale, tokens: units, ratePerSecond });
    const wins = value.byStatus['202']?.count ?? 0;
    await waitUntil(async () => (await ledger.orders(sale.saleId)).cancelled >= wins, WITHIN_MS, 1_000);
    return wins === units ? [] : [`deadlines on time: ${wins} of ${units} units were won`];
  });
  const { count, cancelled, firstSettledAt, lastSettledAt, lateP99, lateMax } = await ledger.orders(sale.saleId);
  if (cancelled !== count) faults.push(`deadlines on time: ${cancelled} of ${count} orders were cancelled`);
  return {
    row: 'deadlines on time',
    perSecond: (cancelled * 1000) / Math.max(1, lastSettledAt - firstSettledAt),
    p50Ms: 0,
    p99Ms: 0,
    count: cancelled,
    faults,
    extra: {
      deadlines: count,
      ratePerSecond: Math.round(ratePerSecond),
      lateP99Ms: Math.round(lateP99),
      lateMaxMs: Math.round(lateMax),
    },
    ...costs,
  };
}
