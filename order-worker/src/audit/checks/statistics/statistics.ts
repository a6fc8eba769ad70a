import { ORDER_CHANGES, type OrderChange } from 'seckill-core';
import type { SaleCounts } from '../../../listeners/statistics/count-events.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import type { ItemBooks } from '../../evidence/books.ts';
import { countStored, withoutRepeated } from '../../evidence/order-events.ts';
import type { Check } from '../check.ts';
import type { Drift } from '../drift.ts';
import { type CountsFinding, eventsAreKept, followCounts } from '../follow-counts.ts';
import { alike, compareStatistics, readStatistics, recountStatistics, sayRevenue } from './recount-statistics.ts';

interface StatisticsFinding extends CountsFinding {
  /** Both revenues, to tell whether they move from one pass to the next. */
  revenues: string;
}

/** The statistics against the events in the stream, and their revenue against the paid orders. */
export const statistics: Check<StatisticsFinding> = {
  key: 'statistics',
  name: 'The statistics have counted every event once',
  appliesTo: eventsAreKept,
  inspect: async (context, before) => {
    const { events: counts, revenue } = await readStatistics(context.prisma, context.sale.id);
    const events = await withoutRepeated<OrderChange>(context, await countStored(context), counts);
    const found = followCounts<OrderChange>({ counts, noun: 'counted' }, { counts: events, noun: 'events' }, before);
    return { ...found, ...followRevenue(found, revenue, revenueOf(await context.books.read()), before) };
  },
  explain,
};

/** The reading of the orders may be a little older than that of the statistics, or newer. So while money comes in, a difference is no fault. */
function followRevenue(
  { holds, detail }: CountsFinding,
  revenue: SaleCounts['revenue'],
  ofOrders: SaleCounts['revenue'],
  before?: StatisticsFinding,
): Pick<StatisticsFinding, 'holds' | 'detail' | 'revenues'> {
  const [says, should] = [sayRevenue(revenue), sayRevenue(ofOrders)];
  const revenues = JSON.stringify([says, should]);
  if (says === should) return { holds, detail, revenues };
  const moving = before !== undefined && before.revenues !== revenues;
  return { holds: holds && moving, detail: `${detail}; revenue: ${says} counted, ${should} in paid orders`, revenues };
}

function revenueOf(books: readonly ItemBooks[]): SaleCounts['revenue'] {
  const revenue: SaleCounts['revenue'] = {};
  for (const { currency, paidCents } of books) revenue[currency] = (revenue[currency] ?? 0) + paidCents;
  return revenue;
}

async function explain(context: AuditContext, { detail, differing }: StatisticsFinding): Promise<Drift[]> {
  const { says, should } = await compareStatistics(context);
  if (alike(says, should)) {
    // Then orders differ from their events, which other checks explain.
    if (differing.length === 0) return [];
    return [
      {
        says: `The statistics are behind and stand still: ${detail}.`,
        advice:
          'Their counts are right so far; they only have to continue. The log of the worker that leads says why they wait ("a listener of order events"); ' +
          'restart it, and another worker takes over.',
      },
    ];
  }
  return [
    {
      says: `The statistics say ${sayCounts(says)}; the events that they have read say ${sayCounts(should)}.`,
      repair: {
        kind: 'statistics',
        writes: 'statistics',
        does: "recounts the sale's events, up to the listener's position.",
        apply: () => recountStatistics(context),
      },
    },
  ];
}

const sayCounts = ({ events, revenue }: SaleCounts): string =>
  [...ORDER_CHANGES.map((name) => `${events[name]} ${name}`), `revenue ${sayRevenue(revenue)}`].join(', ');
