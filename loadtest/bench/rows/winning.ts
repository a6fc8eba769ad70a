import { waitUntil } from 'dev';
import type { BenchContext } from '../measure/context.ts';
import { type RowRun, rowOf } from '../measure/row.ts';
import type { BenchSale } from '../measure/sales.ts';

/** Reserved, published, acknowledged: each request wins a different unit. The orders wait for their row, with the workers stopped. */
export async function win(context: BenchContext, sale: BenchSale, row = 'win', origin = context.gateway): Promise<RowRun> {
  const { value, costs } = await context.load({ sale, origins: [origin] });
  const run = rowOf(row, value, costs, 'RESERVED');
  run.count = value.byStatus['202']?.count ?? 0;
  return run;
}

/** Every win must have become an order, and nothing else may have. */
export async function waitForOrders(context: BenchContext, sale: BenchSale, wins: number, withinMs: number): Promise<string[]> {
  await waitUntil(async () => (await context.ledger.sold(sale.saleId)) >= wins, withinMs, 50);
  const { count } = await context.ledger.orders(sale.saleId);
  return count === wins ? [] : [`${wins} wins were answered, PostgreSQL has ${count} orders`];
}
