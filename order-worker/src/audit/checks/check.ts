import { setTimeout as sleep } from 'node:timers/promises';
import type { Drift } from './drift.ts';

/** What one look at one thing found. The counts are of the report: see AuditReport. */
export interface Finding {
  holds: boolean;
  detail: string;
  oversold?: number;
  lost?: number;
  duplicated?: number;
  drift?: number;
}

/** Labels of a metric, and what logs are searched for. */
export const CHECK_KEYS = [
  'oversold',
  'sold',
  'limit',
  'early',
  'overdue',
  'amount',
  'money',
  'payments',
  'items',
  'reservations',
  'balance',
  'outbox',
  'events',
  'statistics',
] as const;
export type CheckKey = (typeof CHECK_KEYS)[number];

export interface Check {
  key: CheckKey;
  /** A sentence that is true where the check holds. */
  name: string;
  look: () => Promise<Finding>;
  /** Asked once the looks are over and it does not hold: what is wrong, one by one. It may find that nothing is any more. */
  explain: (finding: Finding) => Promise<Drift[]> | Drift[];
}

export type CheckResult = Finding & Pick<Check, 'key' | 'name' | 'explain'>;

/**
 * Between the looks of a check that does not hold: what is on its way has arrived by the last, also the messages that a
 * worker held when it died (they come again after 5 s).
 */
const LOOK_AGAIN_MS = [300, 700, 1_500, 4_000] as const;
/** What an audit that does not hold waits between its looks. */
export const LOOKS_WAIT_MS = LOOK_AGAIN_MS.reduce((sum, pause) => sum + pause, 0);

/** Looks until it holds, or several looks over some seconds have all said that it does not. Throws the signal's reason. */
export async function settle({ key, name, look, explain }: Check, signal?: AbortSignal): Promise<CheckResult> {
  let finding = await look();
  for (const pause of LOOK_AGAIN_MS) {
    if (finding.holds) break;
    await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    signal?.throwIfAborted();
    finding = await look();
  }
  return { key, name, explain, ...finding };
}
