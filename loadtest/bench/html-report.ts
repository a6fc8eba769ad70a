import { bars, escapeHtml, stackedBars } from './html-charts.ts';
import type { BenchReport } from './report.ts';
import type { RowResult } from './summarise.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #6a737d; --line: #d8dee4; --paper: #fff; --good: #1a7f4b; --bad: #c62828; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #8b949e; --line: #30363d; --paper: #0d1117; --good: #3fb970; --bad: #ff7b72; } }
body { margin: 2rem auto; padding: 0 1rem; max-width: 60rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; } p, figcaption { color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } th, td { padding: .35rem .6rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } figure { margin: 1rem 0; overflow-x: auto; } svg text { font: 13px system-ui, sans-serif; fill: currentColor; }
.met { color: var(--good); } .missed { color: var(--bad); }`;

/** One file that needs nothing else: no script, no font, no picture from elsewhere. */
export function htmlReport(report: BenchReport): string {
  const { machine, how, at, rows, faults } = report;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Seckill bench</title><style>${STYLE}</style></head><body>
<h1>Seckill bench</h1>
<p>${escapeHtml(at)} · ${machine.cores} cores (${escapeHtml(machine.cpu)}), ${machine.memoryGiB} GiB, ${escapeHtml(machine.system)}, Node ${machine.node}.
The load generator and every server share these cores. ${escapeHtml(how)}</p>
${faults.length === 0 ? '<p class="met">Every win is an order in PostgreSQL; every row was answered what it measures.</p>' : `<ul class="missed">${faults.map((fault) => `<li>${escapeHtml(fault)}</li>`).join('')}</ul>`}
<h2>Per second</h2><figure>${bars(rows.map((row) => ({ label: row.row, value: row.perSecond, from: row.spread.min, to: row.spread.max })))}
<figcaption>The thin line is the spread over the rounds.</figcaption></figure>
<h2>Where a microsecond goes</h2><figure>${stackedBars(rows.map((row) => ({ label: row.row, parts: row.cpuMicrosEach })))}
<figcaption>CPU of every part for one answer, order or cancel, in µs.</figcaption></figure>
<h2>Rows</h2>${rowTable(rows)}
<h2>Targets</h2>${targetTable(report)}
</body></html>
`;
}

function rowTable(rows: readonly RowResult[]): string {
  const cells = rows.map(
    (row) => `<tr><td>${escapeHtml(row.row)}</td><td>${row.perSecond}</td><td>${row.spread.min}–${row.spread.max}</td>
<td>${row.p50Ms > 0 ? row.ratioToBare.toFixed(2) : ''}</td><td>${row.p50Ms || ''}</td><td>${row.p99Ms || ''}</td><td>${memory(row)}</td></tr>`,
  );
  return `<table><tr><th>row</th><th>per second</th><th>min–max</th><th>× bare</th><th>p50 ms</th><th>p99 ms</th><th>MiB</th></tr>${cells.join('')}</table>`;
}

function memory({ rssMiB }: RowResult): string {
  return Object.entries(rssMiB)
    .filter(([part]) => part === 'gateway' || part === 'worker' || part === 'redis')
    .map(([part, mib]) => `${part} ${Math.round(mib)}`)
    .join(', ');
}

function targetTable({ targets }: BenchReport): string {
  const cells = targets.map(
    ({ name, target, value, met }) =>
      `<tr class="${met ? 'met' : 'missed'}"><td>${met ? '✓' : '✗'} ${escapeHtml(name)}</td><td>${target}</td><td>${value}</td></tr>`,
  );
  return `<table><tr><th>target</th><th>aim</th><th>measured</th></tr>${cells.join('')}</table>`;
}
