import { waitUntil } from 'dev';
import { timeBareInsert, timeBareUpdate } from '../measure/baseline.ts';
import type { BenchContext } from '../measure/context.ts';
import type { RowRun } from '../measure/row.ts';
import type { BenchSale } from '../measure/sales.ts';
import { countOrders, waitForOrders } from './winning.ts';

const WITHIN_MS = 300_000;

/** Wins that wait in the stream, or their orders. */
export interface Backlog {
  sale: BenchSale;
  wins: number;
}

/**
 * Turns a backlog in the stream into orders. The rate is that of the last sale, from its first order's transaction until its last event and
 * deadline are published: while the worker makes the orders of the sales before, its code is compiled. CPU is that of all. Leaves the
 * workers stopped.
 */
export async function orders(context: BenchContext, backlog: readonly Backlog[]): Promise<RowRun> {
  const { platform, events, ledger } = context;
  const { sale, wins } = lastOf(backlog);
  const { value: faults, costs } = await context.measure(async () => {
    await platform.startWorkers();
    return waitForOrders(context, sale, wins, WITHIN_MS);
  });
  await platform.stopWorkers();
  for (const before of backlog.slice(0, -1)) faults.push(...(await countOrders(context, before)));
  const { firstAt } = await ledger.orders(sale.saleId);
  const publishedAt = await events.lastOrderEventAt('created', sale.saleId);
  const perSecond = (wins * 1000) / (Math.max(publishedAt, await events.lastDeadlineAt(sale.payTimeoutSeconds)) - firstAt);
  const bareInsertPerSecond = wins / (await timeBareInsert(wins, platform.databaseUrl));
  return {
    row: 'orders',
    perSecond,
    p50Ms: 0,
    p99Ms: 0,
    count: backlog.reduce((sum, each) => sum + each.wins, 0),
    faults: faults.map((fault) => `orders: ${fault}`),
    extra: { bareInsertPerSecond, ratioToBareInsert: perSecond / bareInsertPerSecond },
    ...costs,
  };
}

/**
 * Cancels orders whose deadlines passed while no worker ran. The rate is that of the last sale, until every unit is back in stock; CPU is
 * that of all. Just before, the same rows are cancelled in a copy by bare UPDATEs.
 */
export async function cancels(context: BenchContext, backlog: readonly Backlog[]): Promise<RowRun> {
  const { platform, ledger } = context;
  const { sale, wins } = lastOf(backlog);
  const { lastPayBy } = await ledger.orders(sale.saleId);
  const bareUpdatePerSecond = wins / (await timeBareUpdate(sale.saleId, platform.databaseUrl));
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, lastPayBy - Date.now() + 100)));
  const { value: restockedAt, costs } = await context.measure(async () => {
    await platform.startWorkers();
    const restocked = await waitUntil(async () => (await unitsLeft(context, sale)) === sale.stock, WITHIN_MS, 50);
    return restocked ? Date.now() : undefined;
  });
  const { firstSettledAt, cancelled } = await ledger.orders(sale.saleId);
  const before = await Promise.all(backlog.slice(0, -1).map((each) => ledger.orders(each.sale.saleId)));
  const perSecond = (cancelled * 1000) / ((restockedAt ?? Date.now()) - firstSettledAt);
  return {
    row: 'cancels',
    perSecond,
    p50Ms: 0,
    p99Ms: 0,
    count: before.reduce((sum, each) => sum + each.cancelled, cancelled),
    faults: [
      ...(restockedAt === undefined ? ['cancels: the stock was not whole again in time'] : []),
      ...(cancelled === wins ? [] : [`cancels: ${wins} were due, ${cancelled} are cancelled`]),
    ],
    extra: { bareUpdatePerSecond, ratioToBareUpdate: perSecond / bareUpdatePerSecond },
    ...costs,
  };
}

function lastOf(backlog: readonly Backlog[]): Backlog {
  const last = backlog.at(-1);
  if (last === undefined) throw new Error('There is no backlog to measure.');
  return last;
}

async function unitsLeft(context: BenchContext, { saleId }: BenchSale): Promise<number> {
  return (await context.operator.saleInOverview(saleId))?.left ?? -1;
}
