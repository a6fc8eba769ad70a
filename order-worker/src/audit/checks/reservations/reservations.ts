import { LIVE_RESERVATION } from 'seckill-core';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { sum } from '../../evidence/books.ts';
import type { Mismatch } from '../../evidence/compare-reservations.ts';
import { type Check, type Finding, ifInRedis } from '../check.ts';
import { explainReservations, sayMismatch } from './explain-reservations.ts';

/** Mismatches that a detail names as examples. */
const NAMED = 3;

type Found = Finding & { standing: Mismatch[] };

/** Each reservation in Redis against its order or rejection in PostgreSQL. */
export const reservations: Check<Found> = {
  key: 'reservations',
  name: 'Every reservation matches its order or rejection, or is still in flight',
  form: 'full',
  appliesTo: ifInRedis,
  inspect: inspectReservations,
  explain: (context, { standing }) => explainReservations(context, standing),
};

/** While a sale runs something is always in flight, so only a mismatch that every pass has seen counts. */
async function inspectReservations(context: AuditContext, before?: Found): Promise<Found> {
  const mismatches: Mismatch[] = [];
  let matched = 0;
  let inFlight = 0;
  for (const item of context.sale.items) {
    const comparison = await context.comparisons.read(item.id);
    mismatches.push(...comparison.mismatches);
    matched += comparison.matched;
    inFlight += comparison.inFlight;
  }
  const seenBefore = before && new Set(before.standing.map(sayMismatch));
  const standing = mismatches.filter((each) => seenBefore?.has(sayMismatch(each)) ?? true);
  const lost = standing.filter(({ postgres, redis }) => postgres === undefined && redis && LIVE_RESERVATION.has(redis.status));
  const named = standing.slice(0, NAMED).map(sayMismatch);
  const more = standing.length > NAMED ? [`and ${standing.length - NAMED} more`] : [];
  return {
    holds: standing.length === 0,
    lost: lost.length,
    drift: sum(standing, (each) => each.units),
    detail: [`${matched} match, ${inFlight} in flight`, ...named, ...more].join('; '),
    standing,
  };
}
