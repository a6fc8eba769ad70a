import type { AuditReport } from 'seckill-core';
import type { OutsideFindings } from './outside-checks.ts';

/** The platform's own audit and the buyers' findings as one. They count the same things, so the larger figure stands. */
export function joinAudit({ saleId: _, ...audit }: AuditReport, found: OutsideFindings): Omit<AuditReport, 'saleId'> {
  const checks = [...audit.checks, ...found.checks];
  return {
    ...audit,
    holds: audit.holds && found.checks.every(({ holds }) => holds),
    oversold: Math.max(audit.oversold, found.oversold),
    lost: Math.max(audit.lost, found.lost),
    duplicated: Math.max(audit.duplicated, found.duplicated),
    drift: Math.max(audit.drift, found.drift),
    checks,
  };
}
