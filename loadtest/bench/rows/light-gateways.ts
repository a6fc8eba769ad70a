import { runChild } from '../measure/child.ts';
import type { BenchContext } from '../measure/context.ts';
import { PURITY, type RowRun } from '../measure/row.ts';

/** How many gateways share one Redis. */
const STEPS = [1, 4, 16, 64];
/** Each step is measured this often, in turn. */
const ROUNDS = 3;

/** What `generator/light-gateways.ts` sends for each step. */
export interface LightRun {
  gateways: number;
  wins: number;
  /** Script calls. */
  calls: number;
  /** Attempts that Redis did not decide, or decided otherwise. */
  failed: number;
  seconds: number;
  redisCpuSeconds: number;
  clientCpuSeconds: number;
}

/**
 * Wins of one item by number of gateways, for the same crowd of buyers: what one Redis can decide. Whole gateways would not fit on two
 * cores, so these have only what lies between a request and Redis.
 */
export async function lightGateways({ platform, seconds }: BenchContext): Promise<RowRun[][]> {
  const steps = Array.from({ length: ROUNDS }, () => STEPS);
  const args = [String(Math.min(2, seconds)), ...steps.flat().map(String)];
  const runs = await runChild<LightRun[]>('generator/light-gateways.ts', args, { REDIS_URL: platform.redisUrl });
  return steps.map((_, round) => runs.slice(round * STEPS.length, (round + 1) * STEPS.length).map(rowOf));
}

function rowOf({ gateways, wins, calls, failed, seconds, redisCpuSeconds, clientCpuSeconds }: LightRun): RowRun {
  const row = `light gateways: ${gateways}`;
  return {
    row,
    perSecond: wins / seconds,
    p50Ms: 0,
    p99Ms: 0,
    count: wins,
    faults: wins / (wins + failed) >= PURITY ? [] : [`${row}: ${failed} of ${wins + failed} buyers did not win`],
    extra: { winsACall: wins / calls, redisPercent: (redisCpuSeconds / seconds) * 100 },
    cpuSeconds: { redis: redisCpuSeconds, gateways: clientCpuSeconds },
    rssMiB: {},
  };
}
