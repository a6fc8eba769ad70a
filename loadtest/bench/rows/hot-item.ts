import { Generator } from '../generator/generator.ts';
import type { BenchContext } from '../measure/context.ts';
import { type RowRun, rowOf } from '../measure/row.ts';
import { type BenchSale, openBenchSale } from '../measure/sales.ts';

export const QUIET_ALONE = 'quiet alone';
export const QUIET_BESIDE_HOT = 'quiet beside hot';

const PLENTY = 10_000_000;
/** Attempts a second, about as many as the sale of one quiet item has. */
const QUIET_PER_SECOND = 200;
const QUIET_CONNECTIONS = 20;
/** Wins a second that the hot item allows, and attempts a second that come for it: a third of what this gateway can answer. */
const HOT_RATE = 1_000;
const HOT_PER_SECOND = 4_000;
const CONNECT_MS = 500;

/** One sale with a quiet item, and one whose buyers come four times as fast as its bucket allows. */
export interface HotSales {
  quiet: BenchSale;
  hot: BenchSale;
  /** The next user who has not bought yet. */
  nextUser: number;
}

/** Call it while the workers run. */
export async function openHotSales({ operator }: BenchContext): Promise<HotSales> {
  return {
    nextUser: 0,
    quiet: await openBenchSale(operator, { title: 'bench quiet', stock: PLENTY }),
    hot: await openBenchSale(operator, {
      title: 'bench hot',
      stock: PLENTY,
      rateLimit: { ratePerSecond: HOT_RATE, burst: HOT_RATE },
    }),
  };
}

/** How long buyers of the quiet item wait for their win, alone and beside the hot item; in the other order if `hotFirst`. */
export async function besideHotItem(context: BenchContext, sales: HotSales, hotFirst: boolean): Promise<RowRun[]> {
  const alone = () => quiet(context, sales, QUIET_ALONE);
  const beside = () => whileHot(context, sales, () => quiet(context, sales, QUIET_BESIDE_HOT));
  if (hotFirst) return [await beside(), await alone()];
  return [await alone(), await beside()];
}

async function quiet(context: BenchContext, sales: HotSales, row: string): Promise<RowRun> {
  const load = { ...newUsers(sales, QUIET_PER_SECOND, context.seconds), ratePerSecond: QUIET_PER_SECOND };
  const { value, costs } = await context.load({ sale: sales.quiet, connections: QUIET_CONNECTIONS, ...load });
  return rowOf(row, value, costs, 'RESERVED');
}

/** The crowd of the hot item has a load generator for itself. It comes before `work` begins, and leaves after it. */
async function whileHot(context: BenchContext, sales: HotSales, work: () => Promise<RowRun>): Promise<RowRun> {
  const crowd = await Generator.start();
  try {
    const load = newUsers(sales, HOT_PER_SECOND, context.seconds + (2 * CONNECT_MS) / 1_000);
    const rush = context.load({ sale: sales.hot, ratePerSecond: HOT_PER_SECOND, ...load, generator: crowd });
    await new Promise((resolve) => setTimeout(resolve, CONNECT_MS));
    const run = await work();
    const { value } = await rush;
    run.extra['hotAnswersPerSecond'] = Math.round(value.perSecond);
    run.extra['hotWinsPerSecond'] = Math.round((value.byStatus['202']?.count ?? 0) / value.seconds);
    if (value.perSecond < 0.9 * HOT_PER_SECOND)
      run.faults.push(`${run.row}: the hot item got ${Math.round(value.perSecond)} attempts a second`);
    return run;
  } finally {
    crowd.stop();
  }
}

function newUsers(sales: HotSales, perSecond: number, seconds: number): { tokens: number; firstUser: number } {
  const [tokens, firstUser] = [Math.ceil(perSecond * seconds), sales.nextUser];
  sales.nextUser += tokens;
  return { tokens, firstUser };
}
