import { waitUntil } from 'dev';
import type { BenchContext } from '../measure/context.ts';
import type { RowRun } from '../measure/row.ts';
import { openBenchSale } from '../measure/sales.ts';
import { bare } from './losing.ts';

const BUYERS = 1_000_000;
const UNITS = 10_000;
const CONNECTIONS = 200;
const WITHIN_MS = 120_000;

/** Answers of a sale with very many buyers, between two bare rows with as many connections. */
export async function millionBesideBare(context: BenchContext, buyers = BUYERS, units = UNITS): Promise<RowRun[]> {
  const sale = await openBenchSale(context.operator, { title: 'bench bare', stock: 1 });
  const bareRow = () => bare(context, sale, CONNECTIONS);
  return [await bareRow(), await million(context, buyers, units), await bareRow()];
}

/** Buyers with a token each, with the whole platform running and an audit at the end. */
async function million(context: BenchContext, buyers: number, units: number): Promise<RowRun> {
  const { operator, ledger } = context;
  const sale = await openBenchSale(operator, { title: 'bench million', stock: units });
  const load = { sale, tokens: buyers, connections: CONNECTIONS, origins: context.platform.gatewayUrls };
  const { value, costs } = await context.measure(async () => {
    // Reads while answers still arrive: the orders should exist soon after the last win.
    const ordered = allSold(context, sale.saleId, units);
    const result = await context.load(load);
    return { result: result.value, orderedAt: await ordered };
  });
  const { all, byStatus, seconds, perSecond, faults: broken } = value.result;
  const winners = byStatus['202'];
  const audit = await operator.audit(sale.saleId);
  const { count } = await ledger.orders(sale.saleId);
  const told = Object.values(byStatus).reduce((sum, each) => sum + each.count, 0);
  return {
    row: 'million',
    perSecond,
    p50Ms: all.p50Ms,
    p99Ms: all.p99Ms,
    count: all.count,
    faults: [
      ...(told === buyers ? [] : [`million: ${told} of ${buyers} buyers were answered`]),
      ...(winners?.count === units ? [] : [`million: ${winners?.count ?? 0} winners for ${units} units`]),
      ...(count === winners?.count ? [] : [`million: ${winners?.count ?? 0} winners, ${count} orders`]),
      ...(audit.holds ? [] : [`million: the audit does not hold: ${JSON.stringify(audit)}`]),
      ...(broken === 0 ? [] : [`million: ${broken} connections broke`]),
    ],
    extra: {
      seconds,
      buyers,
      units,
      winnersP50Ms: winners?.p50Ms ?? 0,
      winnersP99Ms: winners?.p99Ms ?? 0,
      ordersAfterLastWinSeconds: Math.max(0, value.orderedAt - (winners?.lastAt ?? 0)) / 1000,
    },
    ...costs,
  };
}

/** Time at which the last order was committed, as precise as the interval between two reads. */
async function allSold({ ledger }: BenchContext, saleId: string, units: number): Promise<number> {
  const sold = await waitUntil(async () => (await ledger.sold(saleId)) >= units, WITHIN_MS, 50);
  return sold ? Date.now() : Number.POSITIVE_INFINITY;
}
