import type { AuditFinding, ExplainedAudit, JobProgress } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { ALL_CHECKS } from './all-checks.ts';
import type { Drift } from './checks/drift.ts';
import { type AuditContext, openAudit } from './evidence/audit-context.ts';
import { sum } from './evidence/books.ts';
import { readStockLeft } from './evidence/item-units.ts';
import { fitMessage } from './fit-message.ts';
import { type CheckResult, runCheck } from './run-check.ts';

export interface AuditOptions {
  /** Compares counts only and reads no single reservation: the form that runs periodically. */
  light?: boolean;
  /** Ends the audit between two passes of a check. */
  signal?: AbortSignal;
  /** Called before the first check, and after each. */
  progress?: (progress: JobProgress) => void;
}

export interface Audit {
  report: ExplainedAudit;
  /** What the report's findings are made of, in the same order. All of them, also those that don't fit the report. */
  drifts: Drift[];
}

/**
 * Checks that stock, reservations, orders and money of a sale add up. For a sale at rest every check is exact. For a running sale a check fails
 * only if several passes over some seconds all say so. Throws NOT_FOUND for an unknown sale.
 */
export async function auditSale(context: WorkerContext, saleId: string, options: AuditOptions = {}): Promise<Audit> {
  const audited = await openAudit(context, saleId);
  const results = await runChecks(audited, options);
  const found = results.map((result) => result.found);
  const explained = await explain(
    audited,
    results.filter((result) => !result.found.holds),
  );
  const report = {
    saleId,
    holds: found.every(({ holds }) => holds),
    oversold: sum(found, ({ oversold = 0 }) => oversold),
    lost: sum(found, ({ lost = 0 }) => lost),
    duplicated: sum(found, ({ duplicated = 0 }) => duplicated),
    stockLeft: await readStockLeft(audited),
    // Two checks may see the same unit, so the larger figure stands.
    drift: Math.max(0, ...found.map(({ drift = 0 }) => drift)),
    checks: results.map(({ check: { name }, found: { holds, detail } }) => ({ name, holds, detail })),
    findings: fitMessage(explained.map(findingOf), moreFindings),
  };
  return { report, drifts: explained.map(({ drift }) => drift) };
}

export function runChecks(audited: AuditContext, { light = false, signal, progress }: AuditOptions): Promise<CheckResult[]> {
  const form = light ? 'light' : 'full';
  const checks = ALL_CHECKS.filter((check) => (check.form ?? form) === form && (check.appliesTo?.(audited) ?? true));
  let done = 0;
  const tell = () => progress?.({ done, total: checks.length, unit: 'checks' });
  tell();
  return Promise.all(
    checks.map(async (check) => {
      const result = await runCheck(audited, check, signal);
      done += 1;
      tell();
      return result;
    }),
  );
}

interface Explained {
  /** The check's name. */
  check: string;
  drift: Drift;
}

/** A check may fail only because of what another check explains, so one without drifts is named only if no check has any. */
async function explain(audited: AuditContext, failing: readonly CheckResult[]): Promise<Explained[]> {
  const explained = await Promise.all(
    failing.map(async ({ check, found }) => (await check.explain(audited, found)).map((drift) => ({ check: check.name, drift }))),
  );
  const drifts = explained.flat();
  return drifts.length > 0
    ? drifts
    : failing.map(({ check, found }) => ({
        check: check.name,
        drift: {
          says: `${found.detail}. On closer inspection nothing is wrong, or it is too recent to tell.`,
          advice: 'Audit again.',
        },
      }));
}

const findingOf = ({ check, drift: { says, repair, advice } }: Explained) => ({
  check,
  says,
  ...(repair === undefined ? {} : { repair: repair.does }),
  ...(advice === undefined ? {} : { advice }),
});

const moreFindings = (count: number): AuditFinding => ({
  check: 'more',
  says: `${count} more findings do not fit this report.`,
  advice: 'Repair, then audit again.',
});
