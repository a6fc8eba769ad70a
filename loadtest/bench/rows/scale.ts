import { waitUntil } from 'dev';
import type { BenchContext } from '../measure/context.ts';
import { readRedisMemory } from '../measure/redis-memory.ts';
import { type RowRun, rowOf } from '../measure/row.ts';
import { openBenchSale } from '../measure/sales.ts';

export interface ScaleStep {
  row: string;
  /** As many buyers as units, so every buyer wins. */
  units: number;
  gateways: number;
  workers: number;
  items: number;
  /** A thousand buyers take too short a time to measure, so they are measured this often, each time on a new sale. */
  repeat: number;
}

const WITHIN_MS = 600_000;

/** Wins first, with the workers stopped, then their orders. One run for each repetition. */
export async function scaleStep(context: BenchContext, step: ScaleStep): Promise<{ wins: RowRun[]; orders: RowRun }> {
  const { operator, platform } = context;
  const title = `bench ${step.row}`;
  const sales = await repeat(step.repeat, () => openBenchSale(operator, { title, stock: step.units, itemCount: step.items }));
  await platform.stopWorkers();
  const wins: RowRun[] = [];
  for (const sale of sales) {
    const before = await readRedisMemory(platform.redisUrl);
    const origins = platform.gatewayUrls.slice(0, step.gateways);
    const { value, costs } = await context.load({ sale, tokens: step.units, users: step.units, origins });
    const run = rowOf(step.row, value, costs, 'RESERVED');
    const won = value.byStatus['202']?.count ?? 0;
    if (won !== step.units) run.faults.push(`${step.row}: ${won} of ${step.units} buyers won`);
    // Acknowledged wins have left the outbox, so this counts the memory that stays until the sale is retired.
    run.extra['redisBytesAWinner'] = Math.round(((await readRedisMemory(platform.redisUrl)) - before) / won);
    wins.push(run);
  }
  return { wins, orders: await orders(context, step, sales) };
}

async function orders(context: BenchContext, step: ScaleStep, sales: readonly { saleId: string }[]): Promise<RowRun> {
  const { platform, ledger } = context;
  const row = `${step.row}: orders`;
  const { value: faults, costs } = await context.measure(async () => {
    await platform.startWorkers(step.workers);
    const missing = [];
    for (const { saleId } of sales) {
      if (!(await waitUntil(async () => (await ledger.sold(saleId)) >= step.units, WITHIN_MS, 50))) missing.push(saleId);
    }
    return missing.map((saleId) => `${row}: not every win of the sale ${saleId} became an order`);
  });
  const times = await Promise.all(sales.map(({ saleId }) => ledger.orders(saleId)));
  const count = times.reduce((sum, each) => sum + each.count, 0);
  const tookMs = Math.max(...times.map(({ lastAt }) => lastAt)) - Math.min(...times.map(({ firstAt }) => firstAt));
  await platform.startWorkers();
  return { row, perSecond: (count * 1000) / Math.max(1, tookMs), p50Ms: 0, p99Ms: 0, count, faults, extra: {}, ...costs };
}

async function repeat<Value>(times: number, make: () => Promise<Value>): Promise<Value[]> {
  const made: Value[] = [];
  for (let i = 0; i < times; i += 1) made.push(await make());
  return made;
}
