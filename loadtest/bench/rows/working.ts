import { waitUntil } from 'dev';
import { timeBareInsert } from '../measure/baseline.ts';
import type { BenchContext } from '../measure/context.ts';
import type { RowRun } from '../measure/row.ts';
import type { BenchSale } from '../measure/sales.ts';
import { waitForOrders } from './winning.ts';

const WITHIN_MS = 300_000;

/**
 * Turns a backlog in the stream into orders. Measured from the first order's transaction until the last event and deadline are published.
 */
export async function orders(context: BenchContext, sale: BenchSale, wins: number): Promise<RowRun> {
  const { platform, events, ledger } = context;
  const { value: faults, costs } = await context.measure(async () => {
    await platform.startWorkers();
    const wrong = await waitForOrders(context, sale, wins, WITHIN_MS);
    const published = async () => (await events.countOrderEvents('created', sale.saleId)) >= wins;
    return (await waitUntil(published, WITHIN_MS, 50)) ? wrong : [...wrong, 'not every order was announced'];
  });
  const { firstAt, count } = await ledger.orders(sale.saleId);
  const publishedAt = await events.lastOrderEventAt('created', sale.saleId);
  const perSecond = (count * 1000) / (Math.max(publishedAt, await events.lastDeadlineAt(sale.payTimeoutSeconds)) - firstAt);
  const bareInsertPerSecond = wins / (await timeBareInsert(wins, platform.databaseUrl));
  return {
    row: 'orders',
    perSecond,
    p50Ms: 0,
    p99Ms: 0,
    count,
    faults: faults.map((fault) => `orders: ${fault}`),
    extra: { bareInsertPerSecond, ratioToBareInsert: perSecond / bareInsertPerSecond },
    ...costs,
  };
}

/** Cancels orders whose deadlines passed while no worker ran. Measured until every unit is back in stock. */
export async function cancels(context: BenchContext, sale: BenchSale, wins: number): Promise<RowRun> {
  const { lastPayBy } = await context.ledger.orders(sale.saleId);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, lastPayBy - Date.now() + 100)));
  const { value: restockedAt, costs } = await context.measure(async () => {
    await context.platform.startWorkers();
    const restocked = await waitUntil(async () => (await unitsLeft(context, sale)) === sale.stock, WITHIN_MS, 50);
    return restocked ? Date.now() : undefined;
  });
  const { firstSettledAt, cancelled } = await context.ledger.orders(sale.saleId);
  const faults = [
    ...(restockedAt === undefined ? ['cancels: the stock was not whole again in time'] : []),
    ...(cancelled === wins ? [] : [`cancels: ${wins} were due, ${cancelled} are cancelled`]),
  ];
  const tookMs = (restockedAt ?? Date.now()) - firstSettledAt;
  return {
    row: 'cancels',
    perSecond: (cancelled * 1000) / tookMs,
    p50Ms: 0,
    p99Ms: 0,
    count: cancelled,
    faults,
    extra: {},
    ...costs,
  };
}

async function unitsLeft(context: BenchContext, { saleId }: BenchSale): Promise<number> {
  return (await context.operator.saleInOverview(saleId))?.left ?? -1;
}
