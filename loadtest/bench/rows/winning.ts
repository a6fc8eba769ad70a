import { waitUntil } from 'dev';
import type { BenchContext } from '../measure/context.ts';
import { type RowRun, rowOf } from '../measure/row.ts';
import { type BenchSale, openBenchSale } from '../measure/sales.ts';

const PLENTY = 10_000_000;
const WITHIN_MS = 300_000;
/** Longer than the bench runs. */
const NOT_DUE_SECONDS = 3600;

/** One sale for each row of wins. Those whose orders are to be cancelled in the same round have a short time to pay. */
export async function openWinningSales({ operator, seconds }: BenchContext, { dueSoon }: { dueSoon: boolean }) {
  // Long enough that no order falls due while those of four rows are made, if orders are about as fast as wins.
  const soon = dueSoon ? 10 + 4 * seconds : NOT_DUE_SECONDS;
  const open = (title: string, payTimeoutSeconds: number) =>
    openBenchSale(operator, { title: `bench ${title}`, stock: PLENTY, payTimeoutSeconds });
  return {
    withWorker: await open('win with worker', NOT_DUE_SECONDS),
    throughNginx: await open('win through nginx', NOT_DUE_SECONDS),
    besidePolling: await open('win beside polling', soon),
    besideLive: await open('win beside live', soon),
    withRules: await open('win with ten rules', soon),
    alone: await open('win', soon),
  };
}

/** Reserved, published, acknowledged: each request wins a different unit. The orders wait for their row, with the workers stopped. */
export async function win(context: BenchContext, sale: BenchSale, row = 'win', origin = context.gateway): Promise<RowRun> {
  const { value, costs } = await context.load({ sale, origins: [origin] });
  const run = rowOf(row, value, costs, 'RESERVED');
  run.count = value.byStatus['202']?.count ?? 0;
  return run;
}

/** The same while workers make orders of the wins. */
export async function winWithWorker(context: BenchContext, sale: BenchSale): Promise<RowRun> {
  const run = await win(context, sale, 'win with worker');
  run.faults.push(...(await waitForOrders(context, sale, run.count, WITHIN_MS)));
  return run;
}

/** Every win must have become an order that was announced, and nothing else may have. */
export async function waitForOrders(context: BenchContext, sale: BenchSale, wins: number, withinMs: number): Promise<string[]> {
  const { ledger, events } = context;
  await waitUntil(async () => (await ledger.sold(sale.saleId)) >= wins, withinMs, 50);
  const wrong = await countOrders(context, { sale, wins });
  const announced = async () => (await events.countOrderEvents('created', sale.saleId)) >= wins;
  return (await waitUntil(announced, withinMs, 50)) ? wrong : [...wrong, 'not every order was announced'];
}

export async function countOrders(
  { ledger }: BenchContext,
  { sale, wins }: { sale: BenchSale; wins: number },
): Promise<string[]> {
  const { count } = await ledger.orders(sale.saleId);
  return count === wins ? [] : [`${wins} wins were answered, PostgreSQL has ${count} orders`];
}
