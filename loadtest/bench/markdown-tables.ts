import { costs, figuresOf, format, markOf } from './print.ts';
import type { BenchReport } from './report.ts';

/** The parts whose memory grows with a sale. */
const SERVERS = ['gateway', 'worker', 'redis'];

/** The tables of docs/performance.md. */
export function markdownTables({ rows, targets, noise, how, at }: BenchReport): string {
  return [
    `${at.slice(0, 10)}: ${how}`,
    '',
    ...table(
      ['row', 'per second', 'least–most', '× bare', 'p50 ms', 'p99 ms', 'CPU µs each', 'MiB resident'],
      rows.map((row) => [row.row, ...figuresOf(row), costs(row.cpuMicrosEach), costs(serversOf(row.rssMiB))]),
    ),
    '',
    ...table(
      ['', 'target', 'aim', 'measured'],
      targets.map(({ name, target, value, met }) => [markOf(met, noise), name, target, format(value)]),
    ),
    '',
    ...table(
      ['figure', 'measured'],
      rows.flatMap(({ row, extra }) => Object.entries(extra).map(([name, value]) => [`${row}: ${name}`, format(value)])),
    ),
    '',
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function serversOf(byPart: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(byPart).filter(([part]) => SERVERS.includes(part)));
}
