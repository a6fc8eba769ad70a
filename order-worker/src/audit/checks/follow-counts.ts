import { ORDER_CHANGES, type OrderChange, STREAMS } from 'seckill-core';
import type { EventCounts } from '../../listeners/statistics/count-events.ts';
import type { AuditContext } from '../evidence/audit-context.ts';
import type { Finding } from './check.ts';

/** The stream forgets events after `maxAgeMs`; the audit stops a day earlier. */
const EVENTS_KEPT_MS = STREAMS.orders.maxAgeMs - 24 * 60 * 60 * 1000;

export const eventsAreKept = ({ sale }: Pick<AuditContext, 'sale'>): boolean =>
  Date.now() - sale.createdAt.getTime() <= EVENTS_KEPT_MS;

export interface CountsFinding extends Finding {
  /** Names whose counts differ. */
  differing: OrderChange[];
  /** Both counts, to tell whether they move from one pass to the next. */
  seen: string;
}

interface Side {
  counts: EventCounts;
  /** What is counted, for the detail. */
  noun: string;
}

/**
 * Compares counts that follow others. The follower must be read first: then it may be behind, but never ahead. While orders move, behind is no
 * fault: between two passes of a running sale something does.
 */
export function followCounts(follower: Side, leader: Side, before?: CountsFinding): CountsFinding {
  const seen = JSON.stringify([follower.counts, leader.counts]);
  const moving = before !== undefined && before.seen !== seen;
  const differing = ORDER_CHANGES.filter((name) => follower.counts[name] !== leader.counts[name]);
  const ahead = ORDER_CHANGES.some((name) => follower.counts[name] > leader.counts[name]);
  const counts = ORDER_CHANGES.map((name) => `${follower.counts[name]} ${name}`).join(', ');
  const difference = differing.map(
    (name) => `${name}: ${follower.counts[name]} ${follower.noun}, ${leader.counts[name]} ${leader.noun}`,
  );
  return {
    holds: differing.length === 0 || (moving && !ahead),
    duplicated: Math.max(0, follower.counts.created - leader.counts.created),
    detail: differing.length === 0 ? counts : difference.join('; '),
    differing,
    seen,
  };
}
