import { number, table } from '../command/text.ts';
import type { RowRun } from './measure/row.ts';
import { type Noise, QUIET_FROM } from './noise.ts';
import type { BenchReport } from './report.ts';
import type { RowResult } from './summarise.ts';

export function printReport({ machine, how, rows, targets, noise, faults }: BenchReport): string[] {
  return [
    '',
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}; ` +
      `load generator and servers share them. ${how}`,
    '',
    ...table(
      [
        ['row', 'per second', 'min–max', '× bare', 'p50 ms', 'p99 ms', 'CPU µs each'],
        ...rows.map((row) => [row.row, ...figuresOf(row), costs(row.cpuMicrosEach)]),
      ],
      [6],
    ),
    '',
    ...extras(rows),
    ...table(targets.map(({ name, target, value, met }) => [`${markOf(met, noise)} ${name}`, target, format(value)])),
    '',
    ...noiseLines(noise),
    ...(faults.length === 0
      ? ['  Every win is an order in PostgreSQL; every row was answered what it measures.']
      : faults.map((fault) => `  ✗ ${fault}`)),
    '',
  ];
}

/** One line of the progress. */
export function printRun({ row, perSecond, p50Ms, p99Ms, faults }: RowRun): string {
  const rate = perSecond > 0 ? `${number(perSecond).padStart(7)} a second` : '';
  const latency = p50Ms > 0 ? `  p50 ${p50Ms} ms, p99 ${p99Ms} ms` : '';
  return `  ${row.padEnd(20)} ${rate}${latency}${faults.map((fault) => `\n    ✗ ${fault}`).join('')}`;
}

export function markOf(met: boolean, noise: Noise | undefined): string {
  if (noise?.tooNoisy) return '?';
  return met ? '✓' : '✗';
}

function noiseLines(noise: Noise | undefined): string[] {
  if (noise === undefined) return [];
  const { slowestOfFastest, tooNoisy } = noise;
  const figures = `the slowest bare row has ${slowestOfFastest.toFixed(2)} of the fastest`;
  if (!tooNoisy) return [`  Quiet enough to judge: ${figures}.`];
  return [
    `  Too noisy to judge: ${figures}, a quiet machine ${QUIET_FROM} or more. Run it again with nothing else on the machine.`,
  ];
}

/** Per second, least–most, × bare, p50 and p99 in ms; empty what the row does not have. */
export function figuresOf({ perSecond, spread, ratioToBare, p50Ms, p99Ms }: RowResult): string[] {
  return [
    perSecond > 0 ? number(perSecond) : '',
    perSecond > 0 ? `${number(spread.min)}–${number(spread.max)}` : '',
    p50Ms > 0 && ratioToBare > 0 ? ratioToBare.toFixed(2) : '',
    p50Ms > 0 ? p50Ms.toFixed(1) : '',
    p99Ms > 0 ? p99Ms.toFixed(1) : '',
  ];
}

/** CPU or memory by part, the largest first. */
export function costs(byPart: Readonly<Record<string, number>>): string {
  return Object.entries(byPart)
    .sort(([, a], [, b]) => b - a)
    .map(([part, cost]) => `${part} ${cost < 9.95 ? cost.toFixed(1) : number(cost)}`)
    .join(', ');
}

function extras(rows: readonly RowResult[]): string[] {
  const lines = rows.flatMap(({ row, extra }) =>
    Object.entries(extra).map(([name, value]) => [`${row}: ${name}`, format(value)] as const),
  );
  return lines.length === 0 ? [] : [...table(lines), ''];
}

export function format(value: number): string {
  return value >= 100 ? number(value) : value.toPrecision(3);
}
