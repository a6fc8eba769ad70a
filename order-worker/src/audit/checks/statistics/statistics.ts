import { ORDER_EVENTS } from 'seckill-core';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { countStored, eventCounts, withoutRepeated } from '../../evidence/order-events.ts';
import type { Check } from '../check.ts';
import type { Drift } from '../drift.ts';
import { type CountsFinding, eventsAreKept, followCounts } from '../follow-counts.ts';
import { alike, type Counted, compareStatistics, recountStatistics } from './recount-statistics.ts';

/** The statistics against the events in the stream. */
export const statistics: Check<CountsFinding> = {
  key: 'statistics',
  name: 'The statistics have counted every event once',
  appliesTo: eventsAreKept,
  inspect: async (context, before) => {
    const row = await context.prisma.saleStatistics.findUnique({ where: { saleId: context.sale.id } });
    const counts = eventCounts((name) => Number(row?.[name] ?? 0));
    const events = await withoutRepeated(context, await countStored(context), counts);
    return followCounts({ counts, noun: 'counted' }, { counts: events, noun: 'events' }, before);
  },
  explain,
};

async function explain(context: AuditContext, { detail }: CountsFinding): Promise<Drift[]> {
  const { says, should } = await compareStatistics(context);
  if (alike(says, should)) {
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

const sayCounts = (counts: Counted): string =>
  [...ORDER_EVENTS.map((name) => `${counts[name]} ${name}`), `${counts.revenueCents} cents of revenue`].join(', ');
