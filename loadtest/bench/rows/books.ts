import { fillBooks } from 'dev';
import type { Overview, SaleReport } from 'seckill-core';
import type { BenchContext } from '../measure/context.ts';
import { peakOf } from '../measure/peak-memory.ts';
import { RebuiltItem } from '../measure/rebuilt-item.ts';
import type { RowRun } from '../measure/row.ts';
import { Yardsticks } from '../measure/yardsticks.ts';

interface BooksRun {
  orders: number;
  rounds: number;
  say: (line: string) => void;
  tell: (run: RowRun) => void;
}

const WITHIN_MS = 600_000;
const OVERVIEWS = 9;
/** Sales that are over and share the nine tenths of the orders that are not the live item's. */
const SALES_OVER = 9;

/** Rebuild, audit, report and overview of a sale with very many orders, then the overview beside ten times as many. */
export async function books(context: BenchContext, { orders, rounds, say, tell }: BooksRun): Promise<RowRun[][]> {
  const { platform } = context;
  await platform.stopWorkers();
  say(`Writing ${orders} orders of one item.`);
  const [sale] = await fillBooks(platform.databaseUrl, { orders });
  const [saleId = '', itemId = ''] = [sale?.saleId, sale?.itemIds[0]];
  const item = await RebuiltItem.connect(platform, itemId);
  const yardsticks = await Yardsticks.connect(platform, itemId);
  const measured: RowRun[][] = [];
  try {
    await platform.startWorkers();
    await item.waitUntilOpen(WITHIN_MS);
    const rows = { context, orders, saleId, item, yardsticks };
    for (let round = 1; round <= rounds; round += 1) {
      say(`Round ${round} of ${rounds}.`);
      measured.push([await rebuild(rows), await audit(rows), await report(rows), await overview(rows, 'overview', orders)]);
      measured.at(-1)?.forEach(tell);
    }
    say(`Writing ${SALES_OVER * orders} more orders, of sales that are over.`);
    await fillBooks(platform.databaseUrl, { orders: SALES_OVER * orders, sales: SALES_OVER, over: true });
    const beside = await overview(rows, 'overview, 10 x orders', orders * (SALES_OVER + 1));
    tell(beside);
    return [...measured, [beside]];
  } finally {
    await Promise.all([item.close(), yardsticks.close()]);
  }
}

interface Rows {
  context: BenchContext;
  orders: number;
  saleId: string;
  item: RebuiltItem;
  yardsticks: Yardsticks;
}

/** Redis loses everything, and a buyer asks for the item. */
async function rebuild({ context, orders, item, yardsticks }: Rows): Promise<RowRun> {
  const bare = await yardsticks.copyOrders();
  const { value: seconds, costs } = await context.measure(() => item.rebuild(WITHIN_MS));
  const found = await item.countReservations();
  const faults = found === orders ? [] : [`rebuild: ${found} of ${orders} reservations are in Redis`];
  return { ...rowOf('rebuild', orders, seconds, faults, { ofYardstick: seconds / bare }), ...costs };
}

async function audit({ context, orders, saleId, yardsticks }: Rows): Promise<RowRun> {
  const bare = await yardsticks.readBothSides();
  const began = performance.now();
  const { value, costs } = await context.measure(() =>
    peakOf(context.platform.processes, 'worker', () => context.operator.audit(saleId, WITHIN_MS)),
  );
  const seconds = (performance.now() - began) / 1000;
  const faults = value.result.holds ? [] : [`audit: it does not hold: ${JSON.stringify(value.result)}`];
  const extra = { extraMiB: Math.round(value.extraMiB), ofYardstick: seconds / bare };
  return { ...rowOf('audit', orders, seconds, faults, extra), ...costs };
}

async function report({ context, orders, saleId, yardsticks }: Rows): Promise<RowRun> {
  const bare = await yardsticks.countOrders();
  const began = performance.now();
  const { value, costs } = await context.measure(() =>
    context.operator.call<SaleReport>('GET', `/sales/${saleId}/report`, undefined, WITHIN_MS),
  );
  const seconds = (performance.now() - began) / 1000;
  const faults = value.funnel.ordered === orders ? [] : [`report: it counts ${value.funnel.ordered} of ${orders} orders`];
  return { ...rowOf('report', orders, seconds, faults, { ofYardstick: seconds / bare }), ...costs };
}

async function overview({ context, yardsticks }: Rows, row: string, orders: number): Promise<RowRun> {
  const bare = await yardsticks.countOrders();
  const times: number[] = [];
  let last: Overview | undefined;
  const { costs } = await context.measure(async () => {
    for (let i = 0; i < OVERVIEWS; i += 1) {
      const began = performance.now();
      last = await context.operator.overview(WITHIN_MS);
      times.push((performance.now() - began) / 1000);
    }
  });
  const seconds = times.toSorted((a, b) => a - b)[Math.floor(OVERVIEWS / 2)] ?? 0;
  const counted = last?.sales.reduce((sum, { orders: each }) => sum + Object.values(each).reduce((a, b) => a + b, 0), 0);
  const faults = counted === orders ? [] : [`${row}: it counts ${counted} of ${orders} orders`];
  return { ...rowOf(row, orders, seconds, faults, { ms: seconds * 1000, ofYardstick: seconds / bare }), ...costs };
}

function rowOf(row: string, orders: number, seconds: number, faults: string[], extra: Record<string, number>) {
  return { row, perSecond: orders / seconds, p50Ms: 0, p99Ms: 0, count: orders, faults, extra: { orders, seconds, ...extra } };
}
