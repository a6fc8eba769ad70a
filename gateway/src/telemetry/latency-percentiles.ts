import { LATENCY_BUCKETS } from './answer-metrics.ts';

export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** Returns percentiles in ms from the counts per bucket, or null if all are 0. Assumes that answers spread evenly within a bucket. */
export function percentilesOf(counts: readonly number[]): Percentiles | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return null;
  const at = (share: number) => Math.round(percentile(counts, share * total) * 10_000) / 10;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** In seconds. Anything slower than the last bound counts as that bound. */
function percentile(counts: readonly number[], rank: number): number {
  let below = 0;
  for (const [i, count] of counts.entries()) {
    const from = LATENCY_BUCKETS[i - 1] ?? 0;
    const to = LATENCY_BUCKETS[i] ?? from;
    if (below + count >= rank && count > 0) return from + ((rank - below) / count) * (to - from);
    below += count;
  }
  return LATENCY_BUCKETS.at(-1) ?? 0;
}
