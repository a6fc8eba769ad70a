import type { BenchContext } from '../measure/context.ts';
import type { RowRun } from '../measure/row.ts';
import { openBenchSale } from '../measure/sales.ts';
import { win } from './winning.ts';
import { orders } from './working.ts';

const PLENTY = 10_000_000;
/** Longer than the bench runs. */
const NOT_DUE_SECONDS = 3600;

export const WITHOUT_LISTENERS = 'orders, no listener';
export const WITH_LISTENERS = 'orders, all listeners';

/** As the downstream sandbox has them, or none. An empty setting counts as unset. */
const SETTINGS = {
  [WITHOUT_LISTENERS]: { LISTENERS: 'none', SAGAS: '' },
  [WITH_LISTENERS]: { LISTENERS: '', SAGAS: 'after-paid' },
};

/** Adds a webhook endpoint for every event of orders. Once for the run. */
export async function followOrders({ operator, platform }: BenchContext): Promise<void> {
  await operator.call('POST', '/webhooks', { url: `${platform.hooksUrl}`, events: ['order.*'] });
}

/** Turns a backlog into orders without a listener and with all of them, in this order or the other. */
export async function besideListeners(context: BenchContext, isReversed: boolean): Promise<RowRun[]> {
  const rows = [WITHOUT_LISTENERS, WITH_LISTENERS] as const;
  const runs: RowRun[] = [];
  for (const row of isReversed ? rows.toReversed() : rows) runs.push(await ordersWith(context, row));
  return runs;
}

async function ordersWith(context: BenchContext, row: keyof typeof SETTINGS): Promise<RowRun> {
  const { platform, operator } = context;
  await platform.startWorkers();
  const open = (title: string) => openBenchSale(operator, { title, stock: PLENTY, payTimeoutSeconds: NOT_DUE_SECONDS });
  const sales = [await open(`bench ${row}, warm-up`), await open(`bench ${row}`)];
  await platform.stopWorkers();
  const backlog = [];
  for (const sale of sales) backlog.push({ sale, wins: (await win(context, sale)).count });
  platform.setWorkers(SETTINGS[row]);
  return { ...(await orders(context, backlog)), row };
}
