import { setTimeout as sleep } from 'node:timers/promises';
import type { Check, Finding } from './checks/check.ts';
import type { AuditContext } from './evidence/audit-context.ts';

/** What the last look of a check found. */
export interface CheckResult {
  check: Check;
  found: Finding;
}

/**
 * Pauses between the looks of a check that does not hold. By the last look whatever was in flight has arrived, including the messages of a worker
 * that died: they come again after 5 s.
 */
const LOOK_AGAIN_MS = [300, 700, 1_500, 4_000] as const;
/** Time that a check that does not hold spends between its looks. */
export const LOOKS_WAIT_MS = LOOK_AGAIN_MS.reduce((sum, pause) => sum + pause, 0);

/** Looks until the check holds, or until several looks over some seconds have all said that it does not. Throws the signal's reason. */
export async function runCheck(context: AuditContext, check: Check, signal?: AbortSignal): Promise<CheckResult> {
  let found = await check.look(context);
  for (const pause of LOOK_AGAIN_MS) {
    if (found.holds) break;
    await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    signal?.throwIfAborted();
    found = await check.look(context, found);
  }
  return { check, found };
}
