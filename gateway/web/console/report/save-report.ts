import type { AuditReport, SaleReport } from '../../shared/api/contract.ts';
import { reportCsv } from './report-csv.ts';

export function saveReportCsv(report: SaleReport): void {
  // The byte order mark tells spreadsheets that this is UTF-8.
  save(`${nameOf(report)}.csv`, 'text/csv', `\uFEFF${reportCsv(report)}`);
}

export function saveReportJson(report: SaleReport, audit: AuditReport | undefined): void {
  save(`${nameOf(report)}.json`, 'application/json', `${JSON.stringify({ ...report, audit }, undefined, 2)}\n`);
}

function nameOf({ title, startsAt }: SaleReport): string {
  const words = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '');
  return `${startsAt.slice(0, 10)}-${words || 'sale'}`;
}

function save(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
