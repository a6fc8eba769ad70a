import type { BenchContext } from '../measure/context.ts';
import type { RowRun } from '../measure/row.ts';
import { type BenchSale, openBenchSale } from '../measure/sales.ts';

const SALES = 3;
const ITEMS_A_SALE = 100;
/** What publishing causes is over by then, and V8 has collected what work left behind, which it does in the first seconds without work. */
const SETTLE_MS = 20_000;
const SECONDS = 20;
const BUYER = 99_999_998;

/** CPU of a platform on which 300 items are on sale and no buyer asks for one: as `CPU µs each` for each second. */
export async function idle(context: BenchContext): Promise<RowRun> {
  const sales: BenchSale[] = [];
  for (let sale = 0; sale < SALES; sale += 1) {
    sales.push(await openBenchSale(context.operator, { title: 'bench idle', stock: ITEMS_A_SALE, itemCount: ITEMS_A_SALE }));
  }
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const began = performance.now();
  const { costs } = await context.measure(() => new Promise((resolve) => setTimeout(resolve, SECONDS * 1000)));
  const seconds = (performance.now() - began) / 1000;
  const { gateway } = costs.cpuSeconds;
  return {
    row: 'idle',
    perSecond: 0,
    p50Ms: 0,
    p99Ms: 0,
    count: seconds,
    faults: await findUnsold(context, sales),
    extra: { items: SALES * ITEMS_A_SALE, ...(gateway === undefined ? {} : { gatewayPercent: (gateway / seconds) * 100 }) },
    ...costs,
  };
}

/** Afterwards, because a buyer who asks for an item ends its rest. */
async function findUnsold(context: BenchContext, sales: readonly BenchSale[]): Promise<string[]> {
  const faults: string[] = [];
  for (const sale of sales) {
    const status = await context.reserveOne({ ...sale, itemIds: sale.itemIds.slice(-1) }, BUYER);
    if (status !== 202) faults.push(`idle: the last item of the sale ${sale.saleId} was not on sale (${status})`);
  }
  return faults;
}
