import type { Latencies, LatenciesByCode } from 'simulation';

/** 10000 → "10 000": a thin gap reads the same in every country. */
export function number(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

export function seconds(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 9_950 ? 1 : 0)} s`;
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** "1 unit", "2 units". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** Aligns columns: the first and those in `left` (numbered from 0) to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[], left: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) => {
    const cells = row.map((cell, i) =>
      i === 0 || left.includes(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
    );
    return `  ${cells.join('   ')}`.trimEnd();
  });
}

/** One line for each code, the most frequent first, and `more` lines below them. */
export function answerTable(
  title: string,
  answers: LatenciesByCode,
  more: readonly (readonly [string, Latencies])[] = [],
): string[] {
  const { count: all } = answers.all;
  const row = ([name, latencies]: readonly [string, Latencies]) => [
    name,
    number(latencies.count),
    percent(latencies.count, all),
    ...[50, 95, 99].map((p) => latencies.percentile(p).toFixed(1)),
  ];
  return table([
    [title, 'count', 'share', 'p50 ms', 'p95 ms', 'p99 ms'],
    ...[...answers].sort(([, a], [, b]) => b.count - a.count).map(row),
    ...(more.length === 0 ? [] : [[], ...more.map(row)]),
  ]);
}
