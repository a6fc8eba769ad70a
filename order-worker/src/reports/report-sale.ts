import { type AnswerCounts, type JobProgress, readAnswerCounts, type SaleReport, saleStateAt } from 'seckill-core';
import { readSaleRow, type SaleWithItems, saleSettings } from '../sales/sale-views.ts';
import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { countOrders, NO_ORDERS } from './count-orders.ts';
import { readRoomFigures } from './room-figures.ts';

const itemsStatement = loadStatement(import.meta.url, 'items-sold');
const delaysStatement = loadStatement(import.meta.url, 'order-delays');
const sellThroughStatement = loadStatement(import.meta.url, 'sell-through');

const STEPS = 119;

type Moves = Omit<SaleReport['sellThrough'][number], 'at'> & { at: Date };
type Percentiles = [number, number, number, number] | null;

/**
 * The report on a sale. Orders and money are exact. Answers are the counts that gateways wrote to Redis; they are missing if Redis has lost them.
 * Throws NOT_FOUND.
 */
export async function reportSale(
  { prisma, redis, nc, clock }: Pick<WorkerContext, 'prisma' | 'redis' | 'nc' | 'clock'>,
  saleId: string,
  progress?: (progress: JobProgress) => void,
): Promise<SaleReport> {
  const sale = await readSaleRow(prisma, saleId);
  const part = countParts(6, progress);
  const settings = saleSettings(sale);
  const [items, [delays], moves, counted, counts, waitingRoom] = await Promise.all([
    part(prisma.$queryRawUnsafe<SaleReport['items']>(itemsStatement, saleId)),
    part(prisma.$queryRawUnsafe<{ ordered: Percentiles; paid: Percentiles }[]>(delaysStatement, saleId)),
    part(prisma.$queryRawUnsafe<Moves[]>(sellThroughStatement, saleId, STEPS)),
    part(countOrders(prisma, [saleId])),
    part(readAnswers(redis, sale)),
    part(readRoomFigures(nc, settings, clock.now())),
  ]);
  const { TOKENS: tokens = 0, ...answers } = counts;
  const orders = counted.get(saleId) ?? NO_ORDERS;
  const ordered = orders.pendingPayment + orders.paid + orders.cancelled + orders.refunded;
  const now = clock.now();
  return {
    saleId,
    title: sale.title,
    state: saleStateAt(settings, now),
    startsAt: sale.startsAt.toISOString(),
    endsAt: sale.endsAt.toISOString(),
    ...(sale.closedAt === null ? {} : { closedAt: sale.closedAt.toISOString() }),
    madeAt: new Date(now).toISOString(),
    funnel: {
      tokens,
      tries: Object.values(answers).reduce((sum, count) => sum + count, 0),
      won: ordered + orders.rejected,
      ordered,
      paid: orders.paid,
    },
    ...(waitingRoom === undefined ? {} : { waitingRoom }),
    answers,
    orders,
    revenue: revenueOf(items),
    items,
    sellThrough: runningTotals(moves),
    winToOrderMs: delaysOf(delays?.ordered),
    orderToPaidMs: delaysOf(delays?.paid),
  };
}

/** The sum of each currency, in the order of the alphabet. */
function revenueOf(items: SaleReport['items']): SaleReport['revenue'] {
  const sums = new Map<string, number>();
  for (const { currency, revenueCents } of items) sums.set(currency, (sums.get(currency) ?? 0) + revenueCents);
  return Array.from(sums, ([currency, cents]) => ({ currency, cents })).sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

/** Returns what each part passes through, so that its end is counted. */
function countParts(total: number, progress: ((progress: JobProgress) => void) | undefined) {
  let done = 0;
  return <Value>(part: PromiseLike<Value>): Promise<Value> =>
    Promise.resolve(part).then((value) => {
      done += 1;
      progress?.({ done, total, unit: 'parts' });
      return value;
    });
}

/** If Redis is away, the report does without. */
async function readAnswers(redis: WorkerContext['redis'], sale: SaleWithItems): Promise<AnswerCounts> {
  try {
    const sum: Record<string, number> = {};
    for (const counts of await Promise.all(sale.items.map(({ id }) => readAnswerCounts(redis, id)))) {
      for (const [outcome, count] of Object.entries(counts)) sum[outcome] = (sum[outcome] ?? 0) + count;
    }
    return sum;
  } catch {
    return {};
  }
}

function runningTotals(moves: readonly Moves[]): SaleReport['sellThrough'] {
  const total = { won: 0, paid: 0, returned: 0 };
  return moves.map(({ at, won, paid, returned }) => {
    total.won += won;
    total.paid += paid;
    total.returned += returned;
    return { at: at.toISOString(), ...total };
  });
}

function delaysOf(percentiles: Percentiles | undefined): SaleReport['winToOrderMs'] {
  if (percentiles == null) return null;
  const [p50, p95, p99, max] = percentiles.map((value) => Math.round(Number(value)));
  return { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}
