import { ORDER_EVENTS } from 'seckill-core';
import type { AuditContext } from './audit-context.ts';
import type { Drift } from './drift.ts';
import { alike, type Counted, compareStatistics, recountStatistics } from './repairs/recount-statistics.ts';

/** Wrong counts, or a listener that has stopped on its way. */
export async function explainStatistics(context: AuditContext, detail: string): Promise<Drift[]> {
  const { says, should } = await compareStatistics(context);
  if (alike(says, should)) {
    return [
      {
        says: `The statistics are behind and stand still: ${detail}.`,
        advice:
          'What they have counted is right, so they only have to go on. The log of the worker that leads says why they wait ("a listener of order events"); ' +
          'restart it, and another worker takes over.',
      },
    ];
  }
  return [
    {
      says: `The statistics say ${sayCounts(says)}; the events that they have read say ${sayCounts(should)}.`,
      repair: {
        kind: 'statistics',
        does: 'counts the events of the sale anew, up to where the listener has come.',
        mend: () => recountStatistics(context),
      },
    },
  ];
}

const sayCounts = (counts: Counted): string =>
  [...ORDER_EVENTS.map((name) => `${counts[name]} ${name}`), `${counts.revenueCents} cents of revenue`].join(', ');
