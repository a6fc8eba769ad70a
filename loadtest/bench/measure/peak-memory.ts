import type { BenchPlatform } from './platform.ts';
import { readCosts } from './process-costs.ts';

const EVERY_MS = 100;

/** Runs `work`, and measures how far the part's memory rises above what it was before. */
export async function peakOf<Result>(
  processes: BenchPlatform['processes'],
  part: string,
  work: () => Promise<Result>,
): Promise<{ result: Result; extraMiB: number }> {
  const read = () => readCosts(processes().filter((each) => each.part === part)).rssMiB[part] ?? 0;
  const before = read();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, read());
  }, EVERY_MS);
  try {
    const result = await work();
    return { result, extraMiB: Math.max(peak, read()) - before };
  } finally {
    clearInterval(timer);
  }
}
