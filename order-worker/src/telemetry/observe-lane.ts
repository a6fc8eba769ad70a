import type { LaneObserver } from 'seckill-core';
import type { WorkerMetrics } from './worker-metrics.ts';

/** Counts what the lane of a kind of calls does. */
export function observeLane(metrics: WorkerMetrics, call: string): LaneObserver {
  const running = metrics.callsRunning.labels({ call });
  const waiting = metrics.callsWaiting.labels({ call });
  const waitSeconds = metrics.callWaitSeconds.labels({ call });
  return {
    changed: (counts) => {
      running.set(counts.running);
      waiting.set(counts.waiting);
    },
    started: (waitedMs) => waitSeconds.observe(waitedMs / 1_000),
    dropped: (reason) => metrics.callsDropped.inc({ call, reason }),
  };
}
