import type { AuditContext } from '../evidence/audit-context.ts';
import type { Drift } from './drift.ts';

/** What one pass of a check found. The counts go into the report: see AuditReport. */
export interface Finding {
  holds: boolean;
  detail: string;
  oversold?: number;
  lost?: number;
  duplicated?: number;
  drift?: number;
}

/** One check of the audit. `Found` is what a pass keeps for the next one and for the explanation. */
export interface Check<Found extends Finding = Finding> {
  /** Label of a metric, and a field of logs. */
  key: string;
  /** A sentence that is true if the check holds. */
  name: string;
  /** The form of audit that makes this check; both forms if undefined. The light form counts and reads no single reservation. */
  form?: 'light' | 'full';
  /** False: there is nothing to compare for this sale, and the audit leaves the check out. */
  appliesTo?(context: AuditContext): boolean;
  /** Reads both sides once and writes nothing. `before` is what the previous pass of the same audit found. */
  inspect(context: AuditContext, before?: Found): Promise<Found>;
  /** Says what is wrong, one drift for each fault. It may read again, and then find nothing. */
  explain(context: AuditContext, found: Found): Promise<Drift[]> | Drift[];
}

/** Details of several items, each with its title; a sale's only item needs none. */
export function perItem<Item extends { title: string }>(items: readonly Item[], say: (item: Item) => string): string {
  return items.length === 1 && items[0] !== undefined
    ? say(items[0])
    : items.map((item) => `${item.title}: ${say(item)}`).join('; ');
}

/** For checks that read Redis. */
export const ifInRedis = ({ inRedis }: AuditContext): boolean => inRedis;
