import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, Finding } from './checks/check.ts';
import type { AuditContext } from './evidence/audit-context.ts';

/** What the last pass of a check found. */
export interface CheckResult {
  check: Check;
  found: Finding;
}

/**
 * Pauses between the passes of a check that does not hold. By the last pass whatever was in flight has arrived, including the messages of a worker
 * that died: they come again after 5 s.
 */
const PASSES_AFTER_MS = [300, 700, 1_500, 4_000] as const;
/** All pauses of a check that does not hold. */
export const PAUSES_MS = PASSES_AFTER_MS.reduce((sum, pause) => sum + pause, 0);

/** Repeats a check until it holds, or until every pass over seven seconds has failed. Throws the signal's reason. */
export async function runCheck(context: AuditContext, check: Check, signal?: AbortSignal): Promise<CheckResult> {
  let found = await check.inspect(context);
  for (const pause of PASSES_AFTER_MS) {
    if (found.holds) break;
    await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    signal?.throwIfAborted();
    found = await check.inspect(context, found);
  }
  return { check, found };
}
