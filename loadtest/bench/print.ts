import { number, table } from '../command/text.ts';
import type { BenchReport } from './report.ts';
import type { RowResult } from './summarise.ts';

export function printReport({ machine, how, rows, targets, faults }: BenchReport): string[] {
  return [
    '',
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}; ` +
      `load generator and servers share them. ${how}`,
    '',
    ...table(
      [
        ['row', 'per second', 'min–max', '× bare', 'p50 ms', 'p99 ms', 'CPU µs each'],
        ...rows.map((row) => [
          row.row,
          number(row.perSecond),
          `${number(row.spread.min)}–${number(row.spread.max)}`,
          row.p50Ms > 0 && row.ratioToBare > 0 ? row.ratioToBare.toFixed(2) : '',
          row.p50Ms > 0 ? row.p50Ms.toFixed(1) : '',
          row.p99Ms > 0 ? row.p99Ms.toFixed(1) : '',
          costs(row),
        ]),
      ],
      [6],
    ),
    '',
    ...extras(rows),
    ...table(targets.map(({ name, target, value, met }) => [`${met ? '✓' : '✗'} ${name}`, target, format(value)])),
    '',
    ...(faults.length === 0
      ? ['  Every win is an order in PostgreSQL; every row was answered what it measures.']
      : faults.map((fault) => `  ✗ ${fault}`)),
    '',
  ];
}

function costs({ cpuMicrosEach }: RowResult): string {
  return Object.entries(cpuMicrosEach)
    .sort(([, a], [, b]) => b - a)
    .map(([part, micros]) => `${part} ${micros < 9.95 ? micros.toFixed(1) : Math.round(micros)}`)
    .join(', ');
}

function extras(rows: readonly RowResult[]): string[] {
  const lines = rows.flatMap(({ row, extra }) =>
    Object.entries(extra).map(([name, value]) => [`${row}: ${name}`, format(value)] as const),
  );
  return lines.length === 0 ? [] : [...table(lines), ''];
}

function format(value: number): string {
  return value >= 100 ? number(value) : value.toPrecision(3);
}
