import { type CountedEventName, ORDER_EVENTS, STREAMS } from 'seckill-core';
import type { AuditContext } from '../evidence/audit-context.ts';
import type { Finding } from './check.ts';

/** The stream forgets events after `maxAgeMs`; the audit stops a day earlier. */
const EVENTS_KEPT_MS = STREAMS.orders.maxAgeMs - 24 * 60 * 60 * 1000;

export const eventsAreKept = ({ sale }: Pick<AuditContext, 'sale'>): boolean =>
  Date.now() - sale.createdAt.getTime() <= EVENTS_KEPT_MS;

export interface CountsFinding<Name extends CountedEventName = CountedEventName> extends Finding {
  /** Names whose counts differ. */
  differing: Name[];
  /** Both counts, to tell whether they move from one pass to the next. */
  seen: string;
}

interface Side<Name extends CountedEventName> {
  counts: Readonly<Record<Name, number>>;
  /** What is counted, for the detail. */
  noun: string;
}

/** Refunds are the exception: the detail names them if there are any. */
const EXCEPTIONS: ReadonlySet<CountedEventName> = new Set(['partly-refunded', 'refund-refused']);

/**
 * Compares counts that follow others. The follower must be read first: then it may be behind, but never ahead. While orders move, behind is no
 * fault: between two passes of a running sale something does.
 */
export function followCounts<Name extends CountedEventName>(
  follower: Side<Name | 'created'>,
  leader: Side<Name | 'created'>,
  before?: CountsFinding,
): CountsFinding<Name | 'created'> {
  const names = ORDER_EVENTS.filter((name): name is Name | 'created' => name in leader.counts);
  const seen = JSON.stringify([follower.counts, leader.counts]);
  const moving = before !== undefined && before.seen !== seen;
  const differing = names.filter((name) => follower.counts[name] !== leader.counts[name]);
  const ahead = names.some((name) => follower.counts[name] > leader.counts[name]);
  const counts = names
    .filter((name) => follower.counts[name] > 0 || !EXCEPTIONS.has(name))
    .map((name) => `${follower.counts[name]} ${name}`)
    .join(', ');
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
