import { LIVE_RESERVATION } from 'seckill-core';
import type { AuditContext } from './audit-context.ts';
import type { Check, Finding } from './check.ts';
import { sum } from './check-books.ts';
import { compareReservations, type Mismatch } from './compare-reservations.ts';
import { explainReservations } from './explain-reservations.ts';
import { sayMismatch } from './say-mismatch.ts';

/** Named in a finding, so that one can look at them. */
const NAMED = 3;

/** Each reservation in Redis against its order or rejection in PostgreSQL. */
export function checkOfReservations(context: AuditContext): Check {
  let standing: Mismatch[] = [];
  const look = lookAtReservations(context, (found) => {
    standing = found;
  });
  return {
    key: 'reservations',
    name: 'Every reservation has its order or rejection in the matching state, or is on its way to it',
    look,
    explain: () => explainReservations(context, standing),
  };
}

/** Something is always on its way in a sale that runs: what counts is a mismatch that every look before has seen as well. */
function lookAtReservations(context: AuditContext, found: (standing: Mismatch[]) => void): () => Promise<Finding> {
  let before: ReadonlySet<string> | undefined;
  return async () => {
    const mismatches: Mismatch[] = [];
    let matched = 0;
    let underWay = 0;
    for (const item of context.sale.items) {
      const comparison = await compareReservations(context, item.id);
      mismatches.push(...comparison.mismatches);
      matched += comparison.matched;
      underWay += comparison.underWay;
    }
    const seenBefore = before;
    const standing = seenBefore === undefined ? mismatches : mismatches.filter((each) => seenBefore.has(sayMismatch(each)));
    before = new Set(standing.map(sayMismatch));
    found(standing);
    return judgeMismatches(standing, `${matched} match, ${underWay} on their way`);
  };
}

function judgeMismatches(mismatches: readonly Mismatch[], counts: string): Finding {
  const lost = mismatches.filter(
    ({ postgres, redis }) => postgres === undefined && redis !== undefined && LIVE_RESERVATION.has(redis.status),
  );
  const named = mismatches.slice(0, NAMED).map(sayMismatch);
  const more = mismatches.length > NAMED ? [`and ${mismatches.length - NAMED} more`] : [];
  return {
    holds: mismatches.length === 0,
    lost: lost.length,
    drift: sum(mismatches, (each) => each.units),
    detail: [counts, ...named, ...more].join('; '),
  };
}
