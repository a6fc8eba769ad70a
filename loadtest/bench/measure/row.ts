import type { JobResult } from '../generator/job.ts';
import type { Costs } from './process-costs.ts';

/** One measurement of one row. */
export interface RowRun extends Costs {
  row: string;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** What the figure counts: answers, orders, cancels. */
  count: number;
  /** Conditions for a valid figure that do not hold. */
  faults: string[];
  /** Figures that belong to it. */
  extra: Record<string, number>;
}

/** Almost every answer of a row must be the one it measures: a bucket gives a token a second, a token may find no unit. */
export const PURITY = 0.99;

export function rowOf(row: string, { perSecond, all, codes, faults }: JobResult, costs: Costs, expected: string): RowRun {
  const sampled = Object.values(codes).reduce((sum, count) => sum + count, 0);
  const right = codes[expected] ?? 0;
  return {
    row,
    perSecond,
    p50Ms: all.p50Ms,
    p99Ms: all.p99Ms,
    count: all.count,
    extra: {},
    faults: [
      ...(sampled > 0 && right / sampled >= PURITY ? [] : [`${row}: answers were ${JSON.stringify(codes)}, not ${expected}`]),
      ...(faults === 0 ? [] : [`${row}: ${faults} connections broke`]),
    ],
    ...costs,
  };
}
