import type { AuditFinding, ExplainedAudit, RepairReport } from 'seckill-core';

/** The audit as text for the operator. The verdict comes last, directly above the next prompt. */
export function auditLines(report: ExplainedAudit): string[] {
  const width = Math.max(0, ...report.checks.map(({ name }) => name.length));
  return [
    `Audit of sale ${report.saleId}`,
    ...report.checks.map(({ name, holds, detail }) => `  ${holds ? 'ok    ' : 'FAILED'} ${name.padEnd(width)}  ${detail}`),
    `  oversold ${report.oversold}, lost ${report.lost}, duplicated ${report.duplicated}, drift ${report.drift}, stock left ${report.stockLeft}`,
    ...findingLines(report.findings ?? []),
    verdict(report),
  ];
}

/** The findings, the repairs, and the audit after them. */
export function repairLines({ before, repairs, after }: RepairReport): string[] {
  if (before.holds) return [...auditLines(before), 'There is nothing to repair.'];
  if (repairs.length === 0) return [...auditLines(before), 'Nothing was repaired: no finding has exactly one right answer.'];
  return [
    ...auditLines(before),
    '',
    'Repairs',
    ...repairs.map(({ says, changed, failed }) => `  ${failed ? 'FAILED' : changed > 0 ? 'done  ' : 'none  '} ${says}`),
    '',
    ...auditLines(after),
  ];
}

function findingLines(findings: readonly AuditFinding[]): string[] {
  if (findings.length === 0) return [];
  return ['Findings', ...findings.flatMap(linesOf)];
}

const linesOf = ({ says, repair, advice }: AuditFinding, i: number): string[] => [
  `  ${i + 1}. ${says}`,
  ...(repair === undefined ? [] : [`     --repair ${repair}`]),
  ...(advice === undefined ? [] : [`     ${repair === undefined ? 'A person decides. ' : ''}${advice}`]),
];

function verdict({ holds, checks, findings = [] }: ExplainedAudit): string {
  if (checks.length === 0) return 'The audit made no checks, so it proves nothing.';
  if (holds) return 'The audit holds.';
  const repairable = findings.filter(({ repair }) => repair !== undefined).length;
  if (repairable === 0) return 'The audit does NOT hold.';
  return `The audit does NOT hold. --repair repairs ${repairable} of ${findings.length} findings.`;
}
